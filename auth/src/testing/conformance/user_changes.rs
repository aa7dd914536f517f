//! What the mutating methods of [`Users`] change, and what they leave alone. Public as `user_cases`.

use std::any::Any;

use super::Sample;
use super::case::Case;
use super::users_under_test::{Row, UsersHandles, hash};
use crate::base::clock::Timestamp;
use crate::model::permission::NoPermissions;
use crate::model::role::NoRoles;
use crate::model::user::AuthUser;
use crate::store::{Change, Users};

const ANN: &str = "ann@example.test";
/// How often several changes are made while somebody reads.
const TOGETHER: usize = 40;
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Returns `value` as a `T`, if that is its type.
fn same_type<T: Any, V: Any>(value: &V) -> Option<&T> {
    (value as &dyn Any).downcast_ref()
}

/// Every method reports that there is no such user.
pub async fn unknown_ids_and_logins_change_nothing<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "unknown_ids_and_logins_change_nothing",
        "methods that change a row answer whether there was one, and change no other",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let table = tables.first;
    let ann = table.create(sample.user(ANN)).await;
    let gone = table.create(sample.user("gone@example.test")).await;
    let (nobody, sql) = (gone.id(), &U::SCHEMA.sql);
    table.changed("delete", table.store.delete(nobody).await, true);
    case.is("who is found by an id of nobody", table.find(nobody).await, None);
    case.is("who is found by a login of nobody", table.find_by_login(0, "bob@example.test").await, None);
    if sql.set_password.is_some() {
        table.update(nobody, &[Change::PasswordHash(hash("new"))], false).await;
        table.changed("replace_password", table.store.replace_password(nobody, "first", &hash("new")).await, false);
    }
    if sql.disable.is_some() {
        table.update(nobody, &[Change::Active(false, NOW)], false).await;
    }
    if let Some([roles, _]) = &sample.roles {
        table.update(nobody, &[Change::Roles(roles.clone())], false).await;
    }
    if let Some([permissions, _]) = &sample.permissions {
        table.update(nobody, &[Change::Permissions(permissions.clone())], false).await;
    }
    table.update(nobody, &[], false).await;
    table.changed("delete", table.store.delete(nobody).await, false);
    case.is("somebody else", table.find(ann.id()).await, Some(Row::of(&ann)));
}

/// `replace_password` compares the hash.
pub async fn replace_password_only_if_the_old_one_matches<U: AuthUser, S: Users<U>>(
    sample: &Sample<U>,
    handles: [S; 2],
) {
    let case = Case::new(
        "replace_password_only_if_the_old_one_matches",
        "`replace_password` writes if the hash is still the old one, byte by byte",
    );
    let tables = UsersHandles::new(case, sample, handles);
    if U::SCHEMA.sql.replace_password.is_none() {
        return;
    }
    let ann = tables.first.create(sample.user(ANN)).await;
    let id = ann.id();
    for (old, new, expected) in
        [("FIRST", "no", false), ("first ", "no", false), ("first", "second", true), ("first", "no", false)]
    {
        let answer = tables.second.store.replace_password(id, old, &hash(new)).await;
        tables.second.changed(&format!("replace_password from {old:?} to {new:?}"), answer, expected);
    }
    let stored = tables.first.find(id).await.and_then(|row| row.password);
    case.is("the hash", stored.as_deref(), Some("second"));
    tables.first.update(id, &[Change::PasswordHash(hash("third"))], true).await;
    let stored = tables.second.find(id).await.and_then(|row| row.password);
    case.is("the hash", stored.as_deref(), Some("third"));
}

/// Nothing else changes, in this row or any other.
pub async fn each_change_changes_one_row_and_one_field<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "each_change_changes_one_row_and_one_field",
        "a method that changes a row changes one field of one row",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let (writes, reads, sql) = (&tables.first, &tables.second, &U::SCHEMA.sql);
    let ann = writes.create(sample.user(ANN)).await;
    let bob = writes.create(sample.user("bob@example.test")).await;
    let (id, mut row) = (ann.id(), Row::of(&ann));

    if let Some([one, other]) = &sample.roles {
        let mut seen = Vec::new();
        for roles in [one, other, one] {
            writes.update(id, &[Change::Roles(roles.clone())], true).await;
            let found = reads.find(id).await;
            row.profile = found.as_ref().map(|found| found.profile.clone()).unwrap_or_default();
            case.is("all but the roles", found, Some(row.clone()));
            seen.push(row.profile.clone());
        }
        case.holds("two values of roles give the same profile", seen.first() != seen.get(1));
        case.is("the first value, set again", seen.first(), seen.get(2));
    }
    if let Some([one, other]) = &sample.permissions {
        let mut seen = Vec::new();
        for permissions in [one, other, one] {
            writes.update(id, &[Change::Permissions(permissions.clone())], true).await;
            let found = reads.find(id).await;
            row.profile = found.as_ref().map(|found| found.profile.clone()).unwrap_or_default();
            case.is("all but the permissions", found, Some(row.clone()));
            seen.push(row.profile.clone());
        }
        case.holds("two values of permissions give the same profile", seen.first() != seen.get(1));
        case.is("the first value, set again", seen.first(), seen.get(2));
    }
    if sql.disable.is_some() {
        for active in [true, false, true] {
            writes.update(id, &[Change::Active(active, NOW)], true).await;
            row.active = active;
            case.is("switched on or off, and nothing else", reads.find(id).await, Some(row.clone()));
        }
    }
    if sql.set_password.is_some() {
        writes.update(id, &[Change::PasswordHash(hash("second"))], true).await;
        row.password = Some("second".to_owned());
        case.is("the hash, and nothing else", reads.find(id).await, Some(row.clone()));
    }
    case.is("the other row", reads.find(bob.id()).await, Some(Row::of(&bob)));
}

/// Some databases count the rows that changed instead of the rows that matched.
pub async fn change_to_the_present_value_counts_as_a_change<U: AuthUser, S: Users<U>>(
    sample: &Sample<U>,
    handles: [S; 2],
) {
    let case = Case::new(
        "change_to_the_present_value_counts_as_a_change",
        "methods that change a row answer whether there was one, not whether it differs now",
    );
    let table = UsersHandles::new(case, sample, handles).first;
    let (ann, sql) = (table.create(sample.user(ANN)).await, &U::SCHEMA.sql);
    let id = ann.id();
    for _ in 0..2 {
        if sql.enable.is_some() {
            table.update(id, &[Change::Active(true, NOW)], true).await;
        }
        if let Some([roles, _]) = &sample.roles {
            table.update(id, &[Change::Roles(roles.clone())], true).await;
        }
        if let Some([permissions, _]) = &sample.permissions {
            table.update(id, &[Change::Permissions(permissions.clone())], true).await;
        }
        if sql.set_password.is_some() {
            table.update(id, &[Change::PasswordHash(hash("first"))], true).await;
            table.changed("replace_password", table.store.replace_password(id, "first", &hash("first")).await, true);
        }
    }
}

/// Every change that the type has a field for, in one call.
fn all_changes<U: AuthUser>(sample: &Sample<U>, active: bool, place: usize) -> Vec<Change<U>> {
    let sql = &U::SCHEMA.sql;
    let mut changes = Vec::new();
    if sql.set_password.is_some() {
        changes.push(Change::PasswordHash(hash(["second", "third"].get(place).copied().unwrap_or_default())));
    }
    if sql.disable.is_some() {
        changes.push(Change::Active(active, NOW));
    }
    changes.extend(sample.roles.as_ref().and_then(|roles| roles.get(place)).cloned().map(Change::Roles));
    changes.extend(sample.permissions.as_ref().and_then(|all| all.get(place)).cloned().map(Change::Permissions));
    changes
}

/// Several changes in one call: all of them, or none.
pub async fn changes_of_one_call_are_made_together<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "changes_of_one_call_are_made_together",
        "`update` makes all its changes to a row, or none, and nobody sees some of them",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let (writes, reads) = (&tables.first, &tables.second);
    let ann = writes.create(sample.user(ANN)).await;
    let id = ann.id();
    writes.update(id, &[], true).await;
    case.is("a row after no changes", reads.find(id).await, Some(Row::of(&ann)));
    // What the row becomes if the same changes are made one by one.
    let mut states = Vec::new();
    for place in [0, 1] {
        for change in all_changes(sample, place == 1, place) {
            writes.update(id, &[change], true).await;
        }
        states.push(reads.find(id).await);
    }
    for (place, state) in states.iter().enumerate() {
        writes.update(id, &all_changes(sample, place == 1, place), true).await;
        case.is("a row after several changes", reads.find(id).await, state.clone());
    }
    let store = &writes.store;
    let changing = async {
        for turn in 0..TOGETHER {
            writes.update(id, &all_changes(sample, turn % 2 == 1, turn % 2), true).await;
        }
    };
    let reading = async {
        for _ in 0..TOGETHER {
            let found = reads.find(id).await;
            case.holds("somebody saw some of the changes", states.contains(&found));
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(changing, reading);
    // An unsupported change is refused together with those that come before it.
    let before = reads.find(id).await;
    let mut changes = all_changes(sample, false, 0);
    let supported = changes.len();
    changes.extend(unsupported());
    if changes.len() > supported {
        case.refuses("changes with an unsupported one", store.update(id, &changes).await);
        case.is("a row after refused changes", reads.find(id).await, before);
    }
}

/// The changes that the type has no field for, as far as they can be made up.
fn unsupported<U: AuthUser>() -> Vec<Change<U>> {
    let sql = &U::SCHEMA.sql;
    let mut changes = Vec::new();
    if sql.set_password.is_none() {
        changes.push(Change::PasswordHash(hash("new")));
    }
    if sql.disable.is_none() {
        changes.push(Change::Active(false, NOW));
    }
    if let Some(roles) = same_type::<U::Roles, _>(&NoRoles).filter(|_| sql.set_roles.is_none()) {
        changes.push(Change::Roles(roles.clone()));
    }
    if let Some(permissions) = same_type::<U::Permissions, _>(&NoPermissions).filter(|_| sql.set_permissions.is_none())
    {
        changes.push(Change::Permissions(permissions.clone()));
    }
    changes
}

/// A type without a password, an `active` field, roles or permissions.
pub async fn missing_field_is_an_error_and_not_false<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "missing_field_is_an_error_and_not_false",
        "what the user type has no field for is refused: `StoreError::unsupported`",
    );
    let table = UsersHandles::new(case, sample, handles).first;
    let (ann, sql) = (table.create(sample.user(ANN)).await, &U::SCHEMA.sql);
    let id = ann.id();
    if sql.set_password.is_none() {
        case.refuses("a password in place of another", table.store.replace_password(id, "old", &hash("new")).await);
    }
    for change in unsupported() {
        let kind = change.kind();
        case.holds(&format!("`supports` says yes to {kind:?}"), !table.store.supports(kind));
        case.refuses(&format!("{kind:?}"), table.store.update(id, &[change]).await);
    }
    case.is("the row", table.find(id).await, Some(Row::of(&ann)));
}

/// What the type has a field for can be changed.
pub async fn every_change_of_the_type_is_supported<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "every_change_of_the_type_is_supported",
        "`supports` names every change that the user type has a field for: the library makes no other",
    );
    let table = UsersHandles::new(case, sample, handles).first;
    for change in all_changes(sample, true, 0) {
        let kind = change.kind();
        case.holds(&format!("`supports` says no to {kind:?}"), table.store.supports(kind));
    }
}
