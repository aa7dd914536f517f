//! Of 64 concurrent tasks on two handles of one [`Users`], exactly one wins. Each case takes two handles on one empty
//! table; a multi-threaded runtime finds more.

use super::Sample;
use super::case::{Case, TASKS, count, race};
use super::users_under_test::{UsersHandles, hash};
use crate::model::user::{AuthUser, Registration as _};
use crate::store::Users;

const ONE: &str = "of many callers at once, exactly one succeeds, whichever process it is in";
const ANN: &str = "ann@example.test";

/// Of 64 sign-ups with the same login, one succeeds; every second one collides with the others only in its last login.
pub async fn one_sign_up_gets_the_login<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new("one_sign_up_gets_the_login", ONE);
    let tables = UsersHandles::new(case, sample, handles);
    let (last, wanted) = (U::SCHEMA.logins.len().saturating_sub(1), sample.registration(ANN));
    let answers = race(|n| {
        let (table, mut registration) = (tables.nth(n), sample.registration(ANN));
        if let (1, Some(shared), true) = (n % 2, wanted.login(last), last > 0) {
            registration = sample.registration(&format!("{n}@example.test"));
            if let Some(login) = registration.login_mut(last) {
                shared.clone_into(login);
            }
        }
        let new = sample.new_user(registration);
        async move { table.store.create(new).await }
    })
    .await;
    case.is("how many signed up", count(&answers, Result::is_ok), 1);
    for error in answers.into_iter().filter_map(Result::err) {
        case.holds(&format!("who is too late hears that the login is taken: {error:?}"), error.taken_login().is_some());
    }
}

/// Of 64 `replace_password` calls based on the same hash, one writes.
pub async fn one_rehash_wins<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new("one_rehash_wins", ONE);
    let tables = UsersHandles::new(case, sample, handles);
    if U::SCHEMA.sql.replace_password.is_none() {
        return;
    }
    let ann = tables.first.create(sample.user(ANN)).await;
    let won = race(|n| {
        let (table, id, new) = (tables.nth(n), ann.id().clone(), n.to_string());
        async move {
            let answer = table.store.replace_password(&id, "first", &hash(&new)).await;
            case.answer("replace_password", answer).then_some(new)
        }
    })
    .await;
    let winners: Vec<_> = won.into_iter().flatten().collect();
    case.is("how many replaced it", winners.len(), 1);
    let stored = tables.first.find(ann.id()).await.and_then(|row| row.password);
    case.is("what is stored, and which caller succeeded", stored, winners.into_iter().next());
}

/// Of 64 `delete` calls, one reports that the row existed.
pub async fn one_delete_wins<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new("one_delete_wins", ONE);
    let tables = UsersHandles::new(case, sample, handles);
    let ann = tables.first.create(sample.user(ANN)).await;
    let deleted = race(|n| {
        let (table, id) = (tables.nth(n), ann.id().clone());
        async move { case.answer("delete", table.store.delete(&id).await) }
    })
    .await;
    case.is("how many deleted", count(&deleted, |deleted| *deleted), 1);
}

/// Sign-ups with nothing in common do not interfere.
pub async fn sign_ups_with_different_logins_all_succeed<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "sign_ups_with_different_logins_all_succeed",
        "`create` fails for a login in use, and for no other sign-up that goes on",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let ids = race(|n| {
        let (table, new) = (tables.nth(n), sample.user(&format!("{n}@example.test")));
        async move { table.create(new).await.id().clone() }
    })
    .await;
    let ids: std::collections::HashSet<_> = ids.into_iter().collect();
    case.is("how many ids", ids.len(), TASKS);
}
