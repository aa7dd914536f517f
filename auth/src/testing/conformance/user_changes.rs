//! What the mutating methods of [`Users`] change, and what they leave alone. Public as `user_cases`.

use std::any::Any;

use super::Sample;
use super::case::Case;
use super::users_asked::{Row, Tables, hash};
use crate::clock::Timestamp;
use crate::permission::NoPermissions;
use crate::role::NoRoles;
use crate::store::Users;
use crate::user::AuthUser;

const ANN: &str = "ann@example.test";
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
    let tables = Tables::new(case, sample, handles);
    let table = tables.first;
    let ann = table.create(sample.user(ANN)).await;
    let gone = table.create(sample.user("gone@example.test")).await;
    let (nobody, sql) = (gone.id(), &U::SCHEMA.sql);
    table.changed("delete", table.store.delete(nobody).await, true);
    case.is("who is found by an id of nobody", table.find(nobody).await, None);
    case.is("who is found by a login of nobody", table.find_by_login(0, "bob@example.test").await, None);
    if sql.set_password.is_some() {
        table.changed("set_password", table.store.set_password(nobody, &hash("new")).await, false);
        table.changed("replace_password", table.store.replace_password(nobody, "first", &hash("new")).await, false);
    }
    if sql.disable.is_some() {
        table.changed("set_active", table.store.set_active(nobody, false, NOW).await, false);
    }
    if let Some([roles, _]) = &sample.roles {
        table.changed("set_roles", table.store.set_roles(nobody, roles).await, false);
    }
    if let Some([permissions, _]) = &sample.permissions {
        table.changed("set_permissions", table.store.set_permissions(nobody, permissions).await, false);
    }
    table.changed("delete", table.store.delete(nobody).await, false);
    case.is("somebody else", table.find(ann.id()).await, Some(Row::of(&ann)));
}

/// `replace_password` compares the hash.
pub async fn replace_password_only_if_it_is_still_the_old_one<U: AuthUser, S: Users<U>>(
    sample: &Sample<U>,
    handles: [S; 2],
) {
    let case = Case::new(
        "replace_password_only_if_it_is_still_the_old_one",
        "`replace_password` writes if the hash is still the old one, byte by byte",
    );
    let tables = Tables::new(case, sample, handles);
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
    tables.first.changed("set_password", tables.first.store.set_password(id, &hash("third")).await, true);
    let stored = tables.second.find(id).await.and_then(|row| row.password);
    case.is("the hash", stored.as_deref(), Some("third"));
}

/// Nothing else changes, in this row or any other.
pub async fn each_change_changes_one_row_and_one_field<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "each_change_changes_one_row_and_one_field",
        "a method that changes a row changes one field of one row",
    );
    let tables = Tables::new(case, sample, handles);
    let (writes, reads, sql) = (&tables.first, &tables.second, &U::SCHEMA.sql);
    let ann = writes.create(sample.user(ANN)).await;
    let bob = writes.create(sample.user("bob@example.test")).await;
    let (id, mut row) = (ann.id(), Row::of(&ann));

    if let Some([one, other]) = &sample.roles {
        let mut seen = Vec::new();
        for roles in [one, other, one] {
            writes.changed("set_roles", writes.store.set_roles(id, roles).await, true);
            let found = reads.find(id).await;
            row.profile = found.as_ref().map(|found| found.profile.clone()).unwrap_or_default();
            case.is("all but the roles", found, Some(row.clone()));
            seen.push(row.profile.clone());
        }
        case.holds("two values of roles look alike", seen.first() != seen.get(1));
        case.is("the first value, set again", seen.first(), seen.get(2));
    }
    if let Some([one, other]) = &sample.permissions {
        let mut seen = Vec::new();
        for permissions in [one, other, one] {
            writes.changed("set_permissions", writes.store.set_permissions(id, permissions).await, true);
            let found = reads.find(id).await;
            row.profile = found.as_ref().map(|found| found.profile.clone()).unwrap_or_default();
            case.is("all but the permissions", found, Some(row.clone()));
            seen.push(row.profile.clone());
        }
        case.holds("two values of permissions look alike", seen.first() != seen.get(1));
        case.is("the first value, set again", seen.first(), seen.get(2));
    }
    if sql.disable.is_some() {
        for active in [true, false, true] {
            writes.changed("set_active", writes.store.set_active(id, active, NOW).await, true);
            row.active = active;
            case.is("switched on or off, and nothing else", reads.find(id).await, Some(row.clone()));
        }
    }
    if sql.set_password.is_some() {
        writes.changed("set_password", writes.store.set_password(id, &hash("second")).await, true);
        row.password = Some("second".to_owned());
        case.is("the hash, and nothing else", reads.find(id).await, Some(row.clone()));
    }
    case.is("the other row", reads.find(bob.id()).await, Some(Row::of(&bob)));
}

/// Some databases count the rows that changed instead of the rows that matched.
pub async fn a_change_to_what_is_there_already_is_a_change<U: AuthUser, S: Users<U>>(
    sample: &Sample<U>,
    handles: [S; 2],
) {
    let case = Case::new(
        "a_change_to_what_is_there_already_is_a_change",
        "methods that change a row answer whether there was one, not whether it differs now",
    );
    let table = Tables::new(case, sample, handles).first;
    let (ann, sql) = (table.create(sample.user(ANN)).await, &U::SCHEMA.sql);
    let id = ann.id();
    for _ in 0..2 {
        if sql.enable.is_some() {
            table.changed("set_active", table.store.set_active(id, true, NOW).await, true);
        }
        if let Some([roles, _]) = &sample.roles {
            table.changed("set_roles", table.store.set_roles(id, roles).await, true);
        }
        if let Some([permissions, _]) = &sample.permissions {
            table.changed("set_permissions", table.store.set_permissions(id, permissions).await, true);
        }
        if sql.set_password.is_some() {
            table.changed("set_password", table.store.set_password(id, &hash("first")).await, true);
            table.changed("replace_password", table.store.replace_password(id, "first", &hash("first")).await, true);
        }
    }
}

/// A type without a password, an `active` field, roles or permissions.
pub async fn a_missing_field_is_an_error_and_not_a_no<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "a_missing_field_is_an_error_and_not_a_no",
        "what the user type has no field for is refused: `StoreError::unsupported`",
    );
    let table = Tables::new(case, sample, handles).first;
    let (ann, sql) = (table.create(sample.user(ANN)).await, &U::SCHEMA.sql);
    let id = ann.id();
    if sql.set_password.is_none() {
        case.refuses("a password", table.store.set_password(id, &hash("new")).await);
        case.refuses("a password in place of another", table.store.replace_password(id, "old", &hash("new")).await);
    }
    if sql.disable.is_none() {
        case.refuses("switching off", table.store.set_active(id, false, NOW).await);
    }
    if let Some(roles) = same_type::<U::Roles, _>(&NoRoles).filter(|_| sql.set_roles.is_none()) {
        case.refuses("roles", table.store.set_roles(id, roles).await);
    }
    if let Some(permissions) = same_type::<U::Permissions, _>(&NoPermissions).filter(|_| sql.set_permissions.is_none())
    {
        case.refuses("permissions", table.store.set_permissions(id, permissions).await);
    }
    case.is("the row", table.find(id).await, Some(Row::of(&ann)));
}
