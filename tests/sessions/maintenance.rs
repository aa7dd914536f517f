//! Expired records are purged automatically, in batches, by every instance, and despite store failures.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::clock::Timestamp;
use auth::store::{Record, Records as _};
use auth::testing::SeededRandom;
use auth_tests::Call;
use auth_tests::memory_app::MemoryApp;
use serde_json::json;
use tokio::task::yield_now;
use tokio::time::Instant;

const PURGE: &str = "records.purge_expired";
const MINUTE: Duration = Duration::from_mins(1);

/// Adds this many expired records, and one that has not expired.
async fn clutter(world: &MemoryApp, expired: u64) {
    for n in 0..=expired {
        let record = Record {
            kind: "other".to_owned(),
            key: n.to_string(),
            owner: String::new(),
            value: String::new(),
            version: 1,
            expires_at: Timestamp::from_millis(if n == expired { u64::MAX } else { n }),
            changed_at: Timestamp::default(),
        };
        world.records.insert(&record).await.unwrap();
    }
}

async fn left(world: &MemoryApp) -> usize {
    world.records.list("other", "").await.unwrap().len()
}

/// The number of purges in the given time from now.
async fn purges_in(world: &MemoryApp, time: Duration) -> usize {
    drop(world.faults.take_calls());
    tokio::time::sleep(time).await;
    world.faults.take_calls().iter().filter(|call| **call == PURGE).count()
}

#[tokio::test]
async fn purge_works_in_batches_of_a_thousand() {
    let world = MemoryApp::new().await;
    clutter(&world, 2_500).await;
    let turn = Arc::new(AtomicBool::new(false));
    let (seen, begun) = (Arc::clone(&turn), Arc::clone(&turn));
    tokio::spawn(async move { begun.store(true, Ordering::SeqCst) });
    world.faults.nth(PURGE, 1).before(async move { assert!(seen.load(Ordering::SeqCst), "nobody else had a turn") });
    drop(world.faults.take_calls());
    assert_eq!(world.auth.purge_expired().await.unwrap(), 2_500);
    assert_eq!(world.faults.take_calls(), [PURGE; 3]);
    assert!(world.faults.is_done());
    assert_eq!(left(&world).await, 1);
}

#[tokio::test]
async fn a_purge_that_fails_half_way_has_forgotten_half() {
    let world = MemoryApp::new().await;
    clutter(&world, 2_500).await;
    world.faults.nth(PURGE, 1).fail();
    assert!(world.auth.purge_expired().await.is_err());
    assert_eq!(left(&world).await, 1_501);
    assert_eq!(world.auth.purge_expired().await.unwrap(), 1_500);
}

#[tokio::test(start_paused = true)]
async fn maintenance_runs_within_a_minute_then_every_ten() {
    let world = MemoryApp::new().await;
    clutter(&world, 3).await;
    let task = tokio::spawn(world.auth.maintenance());
    assert_eq!(purges_in(&world, MINUTE).await, 1);
    assert_eq!(left(&world).await, 1);
    assert_eq!(purges_in(&world, 8 * MINUTE).await, 0);
    assert_eq!(purges_in(&world, 3 * MINUTE).await, 1);
    assert!((57..=63).contains(&purges_in(&world, 600 * MINUTE).await));
    assert!(!task.is_finished());
}

#[tokio::test(start_paused = true)]
async fn instances_do_not_come_at_the_same_moment() {
    let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let mut worlds = Vec::new();
    for seed in 0..8 {
        let world = MemoryApp::with(|builder| builder.random(SeededRandom::new(seed))).await;
        for n in 0..2 {
            let times = Arc::clone(&times);
            world.faults.nth(PURGE, n).before(async move { times.lock().unwrap().push(Instant::now()) });
        }
        tokio::spawn(world.auth.maintenance());
        worlds.push(world);
    }
    tokio::time::sleep(12 * MINUTE).await;
    let times = times.lock().unwrap();
    let (first, second) = times.split_at(8);
    for round in [first, second] {
        let mut different = round.to_vec();
        different.dedup();
        assert_eq!(different.len(), 8, "{round:?}");
        assert!(round[7] - round[0] > Duration::from_secs(10), "spread over a minute: {round:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn maintenance_that_failed_is_tried_again_the_next_time() {
    let world = MemoryApp::new().await;
    clutter(&world, 3).await;
    tokio::spawn(world.auth.maintenance());
    world.faults.down();
    assert_eq!(purges_in(&world, 25 * MINUTE).await, 3);
    assert_eq!(left(&world).await, 4);
    world.faults.up();
    assert_eq!(purges_in(&world, 11 * MINUTE).await, 1);
    assert_eq!(left(&world).await, 1);
}

#[tokio::test(start_paused = true)]
async fn hanging_purge_is_abandoned_and_retried() {
    let world = MemoryApp::new().await;
    clutter(&world, 3).await;
    let task = tokio::spawn(world.auth.maintenance());
    world.faults.next(PURGE).and_later().hang();
    assert_eq!(purges_in(&world, 25 * MINUTE).await, 3);
    world.faults.clear();
    assert_eq!(purges_in(&world, 11 * MINUTE).await, 1);
    assert_eq!(left(&world).await, 1);
    world.faults.next(PURGE).and_later().hang();
    assert_eq!(purges_in(&world, 11 * MINUTE).await, 1);
    let records = Arc::downgrade(&world.records);
    drop(world);
    tokio::time::sleep(MINUTE).await;
    assert!(records.upgrade().is_none(), "the task holds the store while the purge hangs");
    tokio::time::timeout(11 * MINUTE, task).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn db_12_hanging_purge_delays_no_request() {
    let world = MemoryApp::with(|builder| builder.limits(auth::Limits::default())).await;
    world.faults.next(PURGE).and_later().hang();
    drop(world.faults.take_calls());
    // Each request creates a counter, so strangers fill the store.
    for n in 0..3_100 {
        let body = json!({ "email": format!("{n}@example.org"), "password": "x", "display_name": "Ada" });
        let request = world.send(Call::post("/auth/register").json(&body));
        let answer = tokio::time::timeout(Duration::from_secs(2), request).await;
        assert!(answer.is_ok(), "request {n} is not answered");
        yield_now().await;
    }
    assert_eq!(world.faults.take_calls().iter().filter(|call| **call == PURGE).count(), 1);
    // The purge that hung was given up, so the next one may start.
    tokio::time::sleep(MINUTE).await;
    for n in 0..1_100 {
        let body = json!({ "email": format!("{n}@example.net"), "password": "x", "display_name": "Ada" });
        world.send(Call::post("/auth/register").json(&body)).await;
        yield_now().await;
    }
    assert_eq!(world.faults.take_calls().iter().filter(|call| **call == PURGE).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn maintenance_ends_with_the_last_handle() {
    let world = MemoryApp::new().await;
    let (faults, records) = (world.faults.clone(), Arc::downgrade(&world.records));
    let task = tokio::spawn(world.auth.maintenance());
    assert_eq!(purges_in(&world, MINUTE).await, 1);
    drop(faults.take_calls());
    drop(world);
    assert!(records.upgrade().is_none(), "the task holds the store while it waits");
    tokio::time::timeout(11 * MINUTE, task).await.unwrap().unwrap();
    assert_eq!(faults.take_calls(), Vec::<&str>::new());
}
