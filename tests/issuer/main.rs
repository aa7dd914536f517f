//! Tokens of other issuers: what is verified, what no forger gets past, and how often an issuer is asked for its keys.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod accepted;
mod algorithms;
mod claims;
mod confusion;
mod derived;
mod discovery;
mod employee;
mod fake;
mod guards;
mod introspected;
mod introspection;
mod keys;
// The client has no TLS without it, and `build()` says so.
#[cfg(feature = "aws-lc-rs")]
mod loopback;
mod malformed;
mod outage;
mod person;
mod published;
mod rotation;
mod settings;
mod several;
mod shapes;
mod storms;
mod wycheproof;
