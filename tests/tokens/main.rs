//! Access tokens: what is verified, and what no forger gets past.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bearer;
mod claims;
mod data_key;
mod headers;
mod key_files;
mod key_pairs;
mod malformed_tokens;
mod managed_keys;
mod published_keys;
mod secret_rotation;
mod store_claim;
mod time_claims;
mod token_cache;
mod token_confusion;
mod token_size;
