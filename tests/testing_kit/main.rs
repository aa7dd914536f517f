//! `auth::testing`: the kit that applications test themselves with, tested.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod client;
mod cors;
mod factors;
mod faults;
mod issuer;
mod layers;
mod other;
mod probe;
mod protection;
mod public;
mod routes;
