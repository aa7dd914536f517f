//! Settings: from the environment and the builder, and what a start refuses.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod environment;
mod errors;
mod network_values;
mod router_state;
mod same_named_user_types;
mod start_up;
