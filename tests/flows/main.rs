//! Flows over HTTP, one file each.
#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod account;
mod cookie_modes;
mod cookies;
mod change_password;
mod hashes;
mod login;
mod logout;
mod management;
mod origin;
mod passwords;
mod refresh;
mod sessions;
mod sign_up;
mod theft;
