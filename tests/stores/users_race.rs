//! `Users`: of 64 callers at once, on two handles, exactly one wins (DB-01, DB-02).

use auth::store::Users;
use auth::{AuthUser, PasswordHash};

use crate::backends::Fixture;
use crate::models::Member;
use crate::race::{count, race};

crate::on_every_store! {
    db_01_one_sign_up_gets_the_login
    db_01_one_rehash_wins
    db_01_one_delete_wins
    db_01_sign_ups_with_different_logins_all_succeed
}

async fn db_01_one_sign_up_gets_the_login<F: Fixture>(store: &F) {
    let members = store.members();
    let answers = race(|n| {
        let members = members.nth(n);
        // Every second one meets the others in its second login only.
        let email = if n.is_multiple_of(2) { "ann@x.org".to_owned() } else { format!("{n}@x.org") };
        async move { members.create(Member::sign_up_as(&email, "Ann")).await }
    })
    .await;
    assert_eq!(count(&answers, Result::is_ok), 1);
    for error in answers.into_iter().filter_map(Result::err) {
        assert!(error.taken_login().is_some(), "{error:?}");
    }
}

async fn db_01_one_rehash_wins<F: Fixture>(store: &F) {
    let members = store.members();
    let id = members.first.create(Member::sign_up("ann@x.org")).await.unwrap().id;
    let won = race(|n| {
        let (members, hash) = (members.nth(n), n.to_string());
        async move {
            let won = members.replace_password(&id, "first", &PasswordHash::from_stored(hash.clone())).await.unwrap();
            won.then_some(hash)
        }
    })
    .await;
    let winners: Vec<_> = won.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(members.first.find(&id).await.unwrap().unwrap().password_hash(), Some(winners[0].as_str()));
}

async fn db_01_one_delete_wins<F: Fixture>(store: &F) {
    let members = store.members();
    let id = members.first.create(Member::sign_up("ann@x.org")).await.unwrap().id;
    let deleted = race(|n| {
        let members = members.nth(n);
        async move { members.delete(&id).await.unwrap() }
    })
    .await;
    assert_eq!(count(&deleted, |deleted| *deleted), 1);
}

async fn db_01_sign_ups_with_different_logins_all_succeed<F: Fixture>(store: &F) {
    let members = store.members();
    let mut ids = race(|n| {
        let members = members.nth(n);
        async move { members.create(Member::sign_up(&format!("{n}@x.org"))).await.unwrap().id }
    })
    .await;
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 64);
}
