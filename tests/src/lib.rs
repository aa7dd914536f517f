//! Shared by the tests: a small application on a database, another in memory whose stores fail as planned, a client for
//! both that needs no socket, and a forger of tokens.
#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::return_self_not_must_use,
    clippy::must_use_candidate,
    reason = "a test fails by panicking"
)]

pub mod app;
pub mod browser;
pub mod clerk;
pub mod client;
pub mod database;
pub mod databases;
pub mod documented;
pub mod failing_call;
pub mod forge;
mod hang_up;
pub mod kinds;
pub mod legacy;
pub mod memory_app;
pub mod namesake;
pub mod one_by_one;
pub mod operated;
pub mod proxy;
pub mod purposes;
pub mod redis;
pub mod server;
pub mod stage;
pub mod time;
pub mod tokens;
pub mod users;

pub use app::{App, Setup};
pub use browser::Browser;
pub use client::{Answer, Call, together};
pub use database::{Database, OnServer, Place};
pub use hang_up::{HungUp, at_every_point, eventually, hang_up_after};
pub use proxy::Proxy;
pub use redis::Space;
pub use server::{Server, Temporary};
pub use tokens::payload;
pub use users::{Role, User, UserClaims, UserRegistration};
