//! `Faults`: what is planned happens to that call, and to no other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::clock::Timestamp;
use auth::store::{MemoryRecords, Record, Records, StoreError, Users};
use auth::testing::{Faults, Faulty};
use auth::{Auth, AuthError, Limits, Secret};
use auth_tests::User;
use auth_tests::app::SECRET;
use auth_tests::users::in_memory;
use tokio::time::{Instant, timeout};

type Store = Faulty<Arc<MemoryRecords>>;

fn store() -> (Faults, Store) {
    let faults = Faults::new();
    let store = faults.wrap(Arc::new(MemoryRecords::new()));
    (faults, store)
}

fn record(key: &str) -> Record {
    Record {
        kind: "kind".to_owned(),
        key: key.to_owned(),
        owner: String::new(),
        value: String::new(),
        version: 1,
        expires_at: Timestamp::from_secs(1),
        changed_at: Timestamp::from_secs(1),
    }
}

async fn insert(store: &Store, key: &str) -> Result<bool, StoreError> {
    store.insert(&record(key)).await
}

async fn stored(store: &Store) -> Vec<String> {
    store.inner().list("kind", "").await.unwrap().into_iter().map(|record| record.key).collect()
}

#[tokio::test]
async fn failed_call_has_no_effect_and_lost_response_does() {
    let (faults, store) = store();
    faults.next("records.insert").fail();
    assert!(insert(&store, "a").await.unwrap_err().is_unavailable());
    faults.next("records.insert").lose_response();
    assert!(insert(&store, "b").await.unwrap_err().is_unavailable());
    assert!(insert(&store, "c").await.unwrap());
    assert_eq!(stored(&store).await, ["b", "c"]);
}

#[tokio::test]
async fn the_call_that_is_meant_fails_and_no_other() {
    let (faults, store) = store();
    faults.nth("records.insert", 2).fail();
    faults.next("users.*").fail();
    for (key, fails) in [("a", false), ("b", false), ("c", true), ("d", false)] {
        store.get("kind", key).await.unwrap();
        assert_eq!(insert(&store, key).await.is_err(), fails, "{key}");
    }
    assert!(!faults.is_done(), "no user was asked for");
    faults.clear();
    assert!(faults.is_done());

    faults.nth("records.*", 1).and_later().fail();
    assert!(insert(&store, "e").await.is_ok() && !faults.is_done());
    for _ in 0..3 {
        assert!(insert(&store, "f").await.is_err() && store.get("kind", "a").await.is_err() && faults.is_done());
    }
    faults.clear();
    insert(&store, "f").await.unwrap();
}

#[tokio::test]
async fn an_error_may_be_the_tests_own() {
    let (faults, store) = store();
    faults.next("*").fail_with(|| StoreError::refused("not this one"));
    assert!(!insert(&store, "a").await.unwrap_err().is_unavailable());
}

#[test]
fn a_method_that_no_store_has_is_refused() {
    for name in ["find", "records.insrt", "user.*", ""] {
        let planned = catch_unwind(AssertUnwindSafe(|| Faults::new().next(name).fail()));
        let message = *planned.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains(&format!("`{name}`")) && message.contains("records.insert"), "{message}");
    }
}

#[tokio::test]
async fn store_that_is_down_fails_until_up() {
    let faults = Faults::new();
    let (users, records) = faults.over(in_memory(), MemoryRecords::new());
    faults.down();
    assert!(users.find(&1).await.is_err() && records.get("kind", "a").await.is_err());
    assert!(records.prepare().await.is_err() && records.problems().await.is_err() && users.problems().await.is_err());
    faults.up();
    assert!(users.find(&1).await.is_ok() && records.get("kind", "a").await.is_ok());
    assert_eq!(faults.take_calls()[..3], ["users.find", "records.get", "records.prepare"]);
    assert_eq!(faults.take_calls(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn hanging_call_continues_after_release() {
    let (faults, store) = store();
    let store = Arc::new(store);
    faults.next("records.insert").and_later().hang();
    let calls: Vec<_> = ["a", "b"]
        .map(|key| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { insert(&store, key).await.unwrap() })
        })
        .into();
    assert!(timeout(Duration::from_hours(9), insert(&store, "given up")).await.is_err());
    assert_eq!(stored(&store).await, [""; 0]);
    faults.release();
    for call in calls {
        assert!(call.await.unwrap());
    }
    assert!(insert(&store, "c").await.unwrap());
    assert_eq!(stored(&store).await, ["a", "b", "c"], "who gave up did nothing");
}

#[tokio::test(start_paused = true)]
async fn delays_take_their_time_and_faults_add_up() {
    let (faults, store) = store();
    faults.next("records.insert").delay(Duration::from_secs(3));
    faults.next("records.insert").lose_response();
    let begun = Instant::now();
    assert!(insert(&store, "a").await.is_err());
    assert_eq!(begun.elapsed().as_secs(), 3);
    assert_eq!(stored(&store).await, ["a"]);
}

#[tokio::test]
async fn killed_process_stops_after_the_planned_writes() {
    for writes in 0..4 {
        let (faults, store) = store();
        faults.stop_after_writes(writes);
        let mut done = 0;
        for key in ["a", "b", "c"] {
            // A read that comes after the last write is too late, too.
            assert_eq!(store.get("kind", key).await.is_ok(), done < writes);
            done += u64::from(insert(&store, key).await.is_ok());
        }
        assert_eq!((done, faults.is_done()), (writes, writes < 3), "{writes}");
        assert_eq!(stored(&store).await.len() as u64, done);
        faults.up();
        insert(&store, "z").await.unwrap();
    }
}

#[tokio::test]
async fn steps_run_around_the_call_they_are_planned_for() {
    let (faults, store) = store();
    let seen: Arc<Mutex<Vec<Vec<String>>>> = Arc::default();
    let look = || {
        let (seen, inner) = (Arc::clone(&seen), Arc::clone(store.inner()));
        async move {
            let keys = inner.list("kind", "").await.unwrap().into_iter().map(|record| record.key).collect();
            seen.lock().unwrap().push(keys);
        }
    };
    faults.next("records.insert").before(look());
    faults.next("records.insert").after(look());
    insert(&store, "a").await.unwrap();
    insert(&store, "b").await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [vec![], vec!["a".to_owned()]]);
}

#[tokio::test]
async fn step_may_use_the_store_and_plan_more() {
    let (faults, store) = store();
    let (quicker, planner) = (store.clone(), faults.clone());
    faults.next("records.insert").before(async move {
        insert(&quicker, "a").await.unwrap();
        planner.down();
    });
    assert!(insert(&store, "b").await.is_err(), "it went down before the call was made");
    assert_eq!(stored(&store).await, ["a"]);
}

#[tokio::test]
async fn application_does_not_start_while_store_is_down() {
    let faults = Faults::new();
    let build = async || {
        let stores = faults.over(in_memory(), MemoryRecords::new());
        let builder = Auth::<User>::builder(stores).secret(Secret::new(SECRET).unwrap());
        builder.limits(Limits::insecure_none()).revocation_feed(Duration::ZERO).build().await
    };
    faults.down();
    assert!(build().await.is_err());
    faults.up();
    let auth = build().await.unwrap();
    faults.next("users.find").fail();
    assert!(matches!(auth.accounts().find(&1).await, Err(AuthError::Unavailable(_))));
    assert!(auth.accounts().find(&1).await.unwrap().is_none());
}
