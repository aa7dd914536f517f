//! Who may call a route: rules as constant data, and the one evaluator for them.
//!
//! `#[protected(Role::Admin && !Role::Suspended)]` becomes a [`Rule`]: a plain tree that is judged per request without
//! allocating, printed in the route table, and tested. Grouping is the tree's, never text.
//!
//! A rule is judged with three values, because a `#[check]` costs something: yes, no, and "ask this check first"
//! ([`Verdict`]). A check runs only when nothing else in the rule has decided.

mod access;
mod audit;
mod facts;
mod login;
mod rule;
mod verdict;

pub use access::{Access, Open, Policy, SignedIn};
pub(crate) use audit::{Oddity, exclude_each_other, oddities};
pub use facts::{Facts, Requirement};
pub use login::{Fresh, Has};
pub use rule::Rule;
pub use verdict::{Answers, Verdict};

pub use crate::permission::{GrantsOnly, HasPermission, HeldPermissions, HeldRoles, NoPermission, UnknownPermission};
pub use crate::role::{HasRole, RoleSet, UnknownRole};
