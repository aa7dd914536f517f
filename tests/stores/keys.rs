//! The id of the store and the data key: made once by whichever instance comes first.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::event::Event;
use auth::store::{MemoryUsers, Records};
use auth::testing::ManualClock;
use auth::{Auth, AuthBuilder, ClientInfo, Credentials, Secret};
use auth_tests::app::{OTHER_SECRET, SECRET, quick_passwords};

use crate::backends::Fixture;
use crate::models::Member;
use crate::race::race;

crate::on_every_store! {
    m6_token_of_another_store_with_same_secret_is_refused
    of_64_instances_one_makes_the_keys_and_all_use_them
    failed_data_key_opening_at_start_changes_nothing
}

/// An instance on these records, without any accounts.
fn instance<R: Records>(records: Arc<R>, clock: &ManualClock) -> AuthBuilder<Member> {
    let users = MemoryUsers::<Member>::new(Member::from_sign_up, |_, _| ());
    let builder = Auth::builder((users, records)).secret(Secret::new(SECRET).unwrap());
    builder.clock(clock.clone()).passwords(quick_passwords()).revocation_feed(Duration::ZERO)
}

fn member() -> Member {
    Member::from_sign_up(Member::sign_up("ann@example.org"), 1)
}

async fn m6_token_of_another_store_with_same_secret_is_refused<F: Fixture>(store: &F) {
    let Some(another) = F::open().await else { return };
    let clock = ManualClock::default();
    let (records, elsewhere) = (store.records(), another.records());
    let here = instance(records.nth(0), &clock).build().await.unwrap();
    let beside = instance(records.nth(1), &clock).build().await.unwrap();
    let there = instance(elsewhere.nth(0), &clock).build().await.unwrap();
    let token = here.token_for_test(&member()).unwrap();
    // Twice, because accepted tokens are remembered.
    for _ in 0..2 {
        assert!(here.verify(&token).is_ok());
        assert!(beside.verify(&token).is_ok(), "two instances on one store");
        assert!(there.verify(&token).is_err(), "another store");
        assert!(here.verify(&there.token_for_test(&member()).unwrap()).is_err(), "the other way round");
    }
}

async fn of_64_instances_one_makes_the_keys_and_all_use_them<F: Fixture>(store: &F) {
    let (records, clock) = (store.records(), ManualClock::default());
    let names = Arc::new(Mutex::new(HashSet::new()));
    let handles = race(|n| {
        let heard = Arc::clone(&names);
        let builder = instance(records.nth(n), &clock).observer(move |event: &Event| {
            heard.lock().unwrap().extend(event.account.clone());
        });
        async move { builder.build().await.unwrap() }
    })
    .await;
    let token = handles[0].token_for_test(&member()).unwrap();
    for auth in &handles {
        assert!(auth.verify(&token).is_ok());
        auth.login(Credentials::new("ann@example.org", "wrong"), &ClientInfo::default()).await.unwrap_err();
    }
    assert_eq!(names.lock().unwrap().len(), 1, "all name the counters of an account in the same way");
    assert_eq!(records.nth(0).list("Member:members.data-key", "").await.unwrap().len(), 1);
    assert_eq!(records.nth(0).list("auth.store", "").await.unwrap().len(), 1);
}

async fn failed_data_key_opening_at_start_changes_nothing<F: Fixture>(store: &F) {
    let (records, clock) = (store.records(), ManualClock::default());
    instance(records.nth(0), &clock).build().await.unwrap();
    let stored = async || records.nth(0).get("Member:members.data-key", "1").await.unwrap();
    let (before, other) = (stored().await, || Secret::new(OTHER_SECRET).unwrap());
    let error = instance(records.nth(1), &clock).secret(other()).build().await.unwrap_err().to_string();
    assert!(error.contains("`.former_secret(…)`") && error.contains("Member:members.data-key"), "{error}");
    assert_eq!(stored().await, before);
    let rotated = instance(records.nth(1), &clock).secret(other()).former_secret(Secret::new(SECRET).unwrap());
    rotated.build().await.unwrap();
    instance(records.nth(0), &clock).secret(other()).build().await.unwrap();
    // Now the former secret opens it no more.
    assert!(instance(records.nth(0), &clock).build().await.is_err());
}
