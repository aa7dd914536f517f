//! What an API key may do: what it was given, as far as its owner may do it now, and as far as nobody has to show a second
//! factor for it.
//!
//! `#[auth(mfa(…))]` is judged over what the key may do. A machine shows no second factor, so a permission for which its
//! user type demands one is none that a key can have; machines that need it are a user type of their own.

use std::any::Any;

use super::facts::Facts;
use super::rule::Rule;
use super::verdict::{Answers, Verdict};
use crate::base::clock::Timestamp;
use crate::model::principal::{KnownPermissions, PermissionSet, Principal};

/// Returns which of these permissions, with what they include, a key of the owner of this row has. Both sets are closed
/// under inclusion, so what is in both is, too.
pub(crate) fn of_key<U: Principal>(known: &dyn KnownPermissions<U>, given: &PermissionSet, row: &U) -> PermissionSet {
    without_mfa(known, given.and(&known.of_row(row)), row)
}

/// Removes what demands a second factor: by itself, or all of it if it does together.
pub(crate) fn without_mfa<U: Principal>(
    known: &dyn KnownPermissions<U>,
    permissions: PermissionSet,
    row: &U,
) -> PermissionSet {
    if U::MFA.is_none() {
        return permissions;
    }
    let alone = |index: &usize| {
        let one = known.closed(&std::iter::once(*index).collect());
        !demands_mfa(&one, row)
    };
    let left: PermissionSet = permissions.indices().filter(alone).collect();
    if demands_mfa(&left, row) { PermissionSet::default() } else { left }
}

/// Whether a key with these permissions would have to show a second factor.
fn demands_mfa<U: Principal>(permissions: &PermissionSet, row: &U) -> bool {
    let Some(rule) = U::MFA else { return false };
    // The rules are ours. Another one would be somebody's who knows nothing of keys.
    let Some(rule) = (rule as &'static dyn Any).downcast_ref::<Rule<U>>() else { return true };
    // No requirement of such a rule asks for the time.
    let asks = |facts: Facts<'_, U>| rule.evaluate(&facts, Answers::NONE) == Verdict::Yes;
    let with = |permissions| Facts::of_roles_with(permissions, row, Timestamp::default());
    // Roles are none that a key has, so what is asked for them alone is not asked of a key. But what they make of a
    // permission is: of `Permission::Pay && Role::Admin`, an administrator's key could otherwise pay.
    let by_its_owner = asks(with(permissions)) && !asks(with(&PermissionSet::default()));
    by_its_owner || asks(Facts::of_key(permissions, row, Timestamp::default()))
}
