//! Hostile input, one file an area.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod claims;
mod faults;
mod forge;
mod headers;
mod kinds;
mod layered;
mod races;
mod shape;
mod stores;
mod times;
