//! Access tokens that the application issued before it used this library: accepted for some weeks, so that the switch
//! signs nobody out.
//!
//! They are verified with the one key and algorithm that the application names (`reader`), never with what a token says of
//! itself, and exchanged for a session at once (`service`, `session/former.rs`).

mod claims;
mod date;
mod problems;
mod reader;
mod service;
mod settings;

pub(crate) use service::FormerTokenService;
pub use settings::FormerTokens;
