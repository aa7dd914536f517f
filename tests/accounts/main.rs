//! Accounts: how they begin, change and end, and what of them survives.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod approval;
mod change_password;
mod created;
mod events;
mod hooks;
mod inherited;
mod lifecycle;
mod management;
mod passwords;
mod replaced_rows;
mod servers;
mod sign_up;
mod stale_tokens;
mod tables;
mod verified;
