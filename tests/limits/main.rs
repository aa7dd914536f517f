//! Limits: how far guessing gets, and that owners are not locked out.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod guessing;
mod known_clients;
mod lifted;
mod limits_per_route;
mod months_of_guessing;
