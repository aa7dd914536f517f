//! Signing in: by which login, with which password, and again for a step-up.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod capitals;
mod concurrent_changes;
mod dotted_spellings;
mod login;
mod look_alikes;
mod password_hashes;
mod rehash;
mod spellings;
mod step_up;
mod step_up_bypasses;
mod step_up_races;
