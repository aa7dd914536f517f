//! Who may call a route: rules as constant data, and the one evaluator for them.
//!
//! `#[protected(Role::Admin && !Role::Suspended)]` becomes a [`Rule`]: a plain tree that is judged per request without
//! allocating, printed in the route table, and tested. Grouping is the tree's, never text.

mod access;
mod facts;
mod rule;

pub use access::{Access, Policy};
pub use facts::{Facts, Requirement};
pub use rule::Rule;
