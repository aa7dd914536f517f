//! Flows over HTTP, one file each.
#![allow(missing_docs, clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod account;
mod hashes;
mod login;
mod passwords;
mod sign_up;
