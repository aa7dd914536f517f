//! Who gets past a guard: attributes, checks, layers and the route table.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod checks;
mod extractors;
mod guards_and_layers;
mod panics;
mod permissions;
mod protected;
mod require;
mod route_audit;
mod route_table_layers;
mod services;
mod still_valid;
mod user_loading_layers;
