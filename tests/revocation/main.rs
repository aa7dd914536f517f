//! Revocation: what one process ends, all others refuse.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod announcements;
mod broadcast;
mod corrupt_records;
mod end_everything;
mod feed;
mod feed_backlog;
mod instances;
mod late_revocations;
mod polls;
mod repeated_pages;
mod stale_feed;
mod tenants;
mod user_cache;
