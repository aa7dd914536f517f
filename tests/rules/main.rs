//! The rule engine against a reference that shares nothing with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod checks_over_http;
mod dollar_crate;
mod exhaustive;
mod facts;
mod fragments;
mod held;
mod macros;
mod many;
mod permissions;
mod random_rules;
mod reference;
mod roles;
mod stacks;
mod stacks_of_credentials;
mod step_up;
mod three_valued_logic;

// The same path as in `auth_tests`.
pub(crate) use dollar_crate::namesake;
