//! The rule engine against a reference that shares nothing with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod asked;
mod dollar_crate;
mod engine;
mod facts;
mod fragments;
mod knowledge;
mod macros;
mod many;
mod permissions;
mod reference;
mod roles;
mod stacks;
mod step_up;
mod trees;

// The same path as in `auth_tests`.
pub(crate) use dollar_crate::namesake;
