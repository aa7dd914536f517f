//! Who may call a route: rules as constant data, and the single evaluator for them.
//!
//! `#[protected(Role::Admin && !Role::Suspended)]` becomes a [`Rule`]: a plain tree that is evaluated on each request
//! without allocating, printed in the route table, and tested. Grouping is a property of the tree, never of text.
//!
//! Evaluation is three-valued, because a `#[check]` is expensive: yes, no, and "run this check first" ([`Verdict`]). A
//! check runs only if nothing else in the rule decides.

mod access;
mod facts;
mod held;
pub(crate) mod key_permissions;
mod requirements;
mod rule;
mod rule_analysis;
mod verdict;

pub use access::{Access, Open, Policy, SignedIn};
pub use facts::{Facts, Requirement};
pub use held::{HeldBy, held_by};
pub use requirements::{Fresh, Has};
pub use rule::Rule;
pub(crate) use rule_analysis::{RuleLint, exclude_each_other, implies_mfa, lints};
pub use verdict::{Answers, Verdict};

pub use crate::model::name_enum::{Bits, NamesText, UnknownName};
pub use crate::model::permission::{GrantsOnly, HeldPermissions, NoPermission, OwnPermissions};
pub use crate::model::principal::{HasPermission, HasRole, MfaRule, Presented};
pub use crate::model::role::{HeldRoles, RoleSet};
