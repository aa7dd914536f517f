//! For tests: a clock you move, randomness that repeats, stores in memory (feature `testing`).
#![allow(clippy::panic, reason = "a test fails by panicking")]

mod app;
mod client;
mod clock;
#[cfg(feature = "cookies")]
mod cookies;
mod protection;
mod public;
mod random;
mod request;
mod roles;
mod token;
mod users;
mod verdict;

pub use app::TestApp;
pub use client::TestClient;
pub use clock::ManualClock;
pub use protection::{Deviation, Protection, assert_protection};
pub use public::assert_public_routes;
pub use random::SeededRandom;
pub use request::{TestAnswer, TestRequest};
pub use roles::RoleCases;

/// Ends the test.
#[track_caller]
fn fail(why: std::fmt::Arguments<'_>) -> ! {
    panic!("{why}")
}
