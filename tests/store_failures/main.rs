//! Stores that fail, hang or lie: 503, never an accidental yes or no.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod dead_connections;
mod distant_server;
mod every_call;
mod late_commits;
mod refused_changes;
mod silent_tables;
mod store_timeouts;
mod unavailable;
