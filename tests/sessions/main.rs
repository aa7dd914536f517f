//! Sessions: refresh, logout, the list, and that no interruption leaves one behind.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod access_token_lifetime;
mod half_ended;
mod interrupted_changes;
mod interrupted_list_changes;
mod interrupted_login;
mod list;
mod logout;
mod logout_credentials;
mod logout_flood;
mod maintenance;
mod model;
mod own_limit;
mod pending_work;
mod races;
mod refresh;
mod refresh_reuse;
mod renewal;
mod retries;
mod session_limit;
mod session_tokens;
mod unreadable_rows;
