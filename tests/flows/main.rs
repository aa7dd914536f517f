//! Flows over HTTP, one file each.
#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod account;
mod change_password;
mod cookie_modes;
mod cookies;
mod guards;
mod hashes;
mod hooks;
mod login;
mod logout;
mod management;
mod origin;
mod passwords;
mod refresh;
mod routes;
mod sessions;
mod sign_up;
mod states;
mod theft;
