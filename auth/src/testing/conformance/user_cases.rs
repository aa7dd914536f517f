//! What each method of [`Users`] does. Each case takes two handles on one empty table.

use super::Sample;
use super::case::Case;
pub use super::user_changes::{
    change_to_the_present_value_counts_as_a_change, changes_of_one_call_are_made_together,
    each_change_changes_one_row_and_one_field, every_change_of_the_type_is_supported,
    missing_field_is_an_error_and_not_false, replace_password_only_if_the_old_one_matches,
    unknown_ids_and_logins_change_nothing,
};
use super::users_under_test::{Row, UsersHandles};
use crate::PasswordHash;
use crate::model::user::{AuthUser, NewUser, Registration as _};
use crate::store::{TableReport, Users};

const ANN: &str = "ann@example.test";
const BOB: &str = "bob@example.test";

/// `create` returns what `find` will return.
pub async fn create_answers_the_row_as_stored<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case =
        Case::new("create_answers_the_row_as_stored", "`create` inserts the user and answers the row as it is stored");
    let tables = UsersHandles::new(case, sample, handles);
    let (ann, bob) = (tables.first.create(sample.user(ANN)).await, tables.first.create(sample.user(BOB)).await);
    case.holds("two users have one id", ann.id() != bob.id());
    for (user, login) in [(ann, ANN), (bob, BOB)] {
        let (row, given) = (Row::of(&user), sample.registration(login));
        case.is("its password", row.password.as_deref(), U::SCHEMA.password.map(|_| "first"));
        case.is("what another process finds by the id", tables.second.find(user.id()).await, Some(row.clone()));
        for index in 0..U::SCHEMA.logins.len() {
            case.is("its login", user.login(index), given.login(index));
            let Some(login) = user.login(index) else { continue };
            case.is("what is found by the login", tables.second.find_by_login(index, login).await, Some(row.clone()));
            let hash = tables.second.store.find_hash(index, login).await.ok().flatten().flatten();
            case.is(
                "the hash that is found by the login",
                hash.as_ref().map(PasswordHash::expose),
                row.password.as_deref(),
            );
        }
    }
}

/// The error says which login is taken, and the attempt leaves nothing behind.
pub async fn a_taken_login_is_refused_and_named<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "a_taken_login_is_refused_and_named",
        "`create` answers `StoreError::taken` with the index of a login that is in use, and leaves nothing behind",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let ann = tables.first.create(sample.user(ANN)).await;
    for index in 0..U::SCHEMA.logins.len() {
        let mut bob = sample.registration(BOB);
        let (Some(taken), Some(login)) = (ann.login(index), bob.login_mut(index)) else { continue };
        taken.clone_into(login);
        let refused = tables.second.store.create(sample.new_user(bob.clone())).await;
        let named = refused.as_ref().err().map(crate::store::StoreError::taken_login);
        case.is("the login that is taken, as the error names it", named, Some(Some(index)));
        for other in (0..U::SCHEMA.logins.len()).filter(|other| *other != index) {
            let Some(login) = bob.login(other) else { continue };
            case.is(
                "who is found by the other login of who was refused",
                tables.first.find_by_login(other, login).await,
                None,
            );
        }
    }
    let again = tables.second.store.create(sample.user(ANN)).await;
    case.holds(
        "all logins are taken, and the error names none",
        again.is_err_and(|error| error.taken_login().is_some()),
    );
    case.is("who was there", tables.first.find(ann.id()).await, Some(Row::of(&ann)));
    tables.first.create(sample.user(BOB)).await;
}

/// The same text may be one user's first login and another's second.
pub async fn logins_of_two_fields_do_not_meet<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case =
        Case::new("logins_of_two_fields_do_not_meet", "`find_by_login` compares the login at that index, and no other");
    let tables = UsersHandles::new(case, sample, handles);
    let table = tables.first;
    let beyond = table.store.find_by_login(U::SCHEMA.logins.len(), ANN).await;
    case.refuses("a login that the type does not have", beyond);
    if U::SCHEMA.logins.len() < 2 {
        return;
    }
    let cross = |login: &str, second: &str| {
        let mut registration = sample.registration(login);
        let exists = registration.login_mut(1).map(|text| second.clone_into(text)).is_some();
        exists.then(|| sample.new_user(registration))
    };
    let (Some(ann), Some(bob)) = (cross(ANN, BOB), cross(BOB, ANN)) else { return };
    // A field with its own rules may not accept the other's text; then they cannot collide.
    let Ok(ann) = table.store.create(ann).await else { return };
    let bob = table.create(bob).await;
    for (index, login, user) in [(0, ANN, &ann), (0, BOB, &bob), (1, ANN, &bob), (1, BOB, &ann)] {
        case.is("who is found", table.find_by_login(index, login).await, Some(Row::of(user)));
    }
}

/// Runs if the ids of the type are generated by the library.
pub async fn ids_may_come_from_the_library<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "ids_may_come_from_the_library",
        "`create` stores the id it is given; an id in use is refused, and it is no login",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let new = sample.user(ANN);
    let Some(id) = new.id.clone() else { return };
    let ann = tables.first.create(new).await;
    case.is("the id", ann.id(), &id);
    let again = NewUser::new(Some(id), sample.user(BOB).password_hash, sample.registration(BOB));
    let refused = tables.second.store.create(again).await;
    let named = refused.as_ref().err().and_then(crate::store::StoreError::taken_login);
    case.is("the login that the error names", named, None);
    case.refuses("an id in use", refused);
    case.is("who is found by the login of who was refused", tables.first.find_by_login(0, BOB).await, None);
    tables.first.create(sample.user(BOB)).await;
    case.is("who was there", tables.second.find(ann.id()).await, Some(Row::of(&ann)));
}

/// `abc` is not found as `ABC`, `abc ` or `äbc`.
pub async fn logins_are_compared_byte_by_byte<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "logins_are_compared_byte_by_byte",
        "`find_by_login` matches byte by byte, whatever the collation of the column",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let table = tables.first;
    let ann = table.create(sample.user(ANN)).await;
    let alike = [
        "Ann@example.test",
        "ann@example.test ",
        " ann@example.test",
        "änn@example.test",
        "a\u{308}nn@example.test",
        "ann%@example.test",
        "' OR '1'='1",
    ];
    for other in alike.into_iter().chain(["", "%", "ann@example.test\0"]) {
        case.is(&format!("who is found as {other:?}"), table.find_by_login(0, other).await, None);
    }
    // Other logins arrive in canonical form, and their column need not distinguish such texts.
    if U::SCHEMA.logins.first().is_none_or(|login| !login.exact) {
        return;
    }
    for other in alike {
        let user = table.create(sample.user(other)).await;
        case.is(&format!("who is found as {other:?}"), table.find_by_login(0, other).await, Some(Row::of(&user)));
    }
    case.is("who was there", table.find_by_login(0, ANN).await, Some(Row::of(&ann)));
}

/// A deleted row is gone for both handles.
pub async fn deleted_user_is_gone_and_login_is_free<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "deleted_user_is_gone_and_login_is_free",
        "`delete` deletes the row and answers whether there was one",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let ann = tables.first.create(sample.user(ANN)).await;
    let bob = tables.first.create(sample.user(BOB)).await;
    tables.second.changed("delete", tables.second.store.delete(ann.id()).await, true);
    tables.first.changed("delete", tables.first.store.delete(ann.id()).await, false);
    case.is("who is found by the id", tables.first.find(ann.id()).await, None);
    case.is("who is found by the login", tables.first.find_by_login(0, ANN).await, None);
    tables.first.create(sample.user(ANN)).await;
    case.is("the other", tables.first.find(bob.id()).await, Some(Row::of(&bob)));
}

/// A working table has no problems.
pub async fn a_table_that_works_has_no_problems<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "a_table_that_works_has_no_problems",
        "`problems` names what is wrong with the table, and nothing else",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let problems = async || {
        let report = case.answer("problems", tables.second.store.problems().await);
        // The hash of a sample need not be one.
        TableReport { other_hashes: Vec::new(), ..report }
    };
    case.is("problems of an empty table", problems().await, TableReport::default());
    tables.first.create(sample.user(ANN)).await;
    case.is("problems of a table with somebody in it", problems().await, TableReport::default());
}
