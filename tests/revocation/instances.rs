//! Instances with different clocks, settings and timing: a session that ends on one is refused by the other all the
//! same.

use std::time::Duration;

use auth::AuthBuilder;
use auth::clock::Clock as _;
use auth::store::{Record, Records as _};
use auth::testing::ManualClock;
use auth_tests::memory_app::MemoryApp;
use auth_tests::{Call, User};

const ADA: &str = "ada@example.org";

/// Two processes that poll the store when told to, and a token that both accept.
async fn two() -> (MemoryApp, MemoryApp, String) {
    let here = MemoryApp::new().await;
    let there = here.beside(here.clock.clone()).await;
    let token = here.register(ADA).await.is(201).access_token();
    there.auth.sync_revocations().await.unwrap();
    there.get("/claims", &token).await.is(200);
    (here, there, token)
}

async fn logout(world: &MemoryApp, token: &str) -> u16 {
    world.send(Call::post("/auth/logout").bearer(token)).await.status.as_u16()
}

#[tokio::test]
async fn rev_14_slowly_stored_logout_reaches_other_instances() {
    let slow = Duration::from_secs(20);
    let here = MemoryApp::with(|builder| builder.store_timeout(slow)).await;
    let there = here.beside_with(here.clock.clone(), |builder| builder.store_timeout(slow)).await;
    let token = here.register(ADA).await.is(201).access_token();
    let (clock, reader) = (here.clock.clone(), there.auth.clone());
    // Within the budget that the application chose. The other process polls meanwhile, as it does twice a second.
    here.faults.next("records.insert").before(async move {
        clock.advance(Duration::from_secs(19));
        reader.sync_revocations().await.unwrap();
    });
    assert_eq!(logout(&here, &token).await, 204, "acknowledged");
    there.auth.sync_revocations().await.unwrap();
    there.get("/claims", &token).await.is(401);
}

#[tokio::test(start_paused = true)]
async fn rev_14_repeated_logout_reaches_instances_despite_late_first_write() {
    // Nothing more than it has to, or what an instance writes whose settings are others.
    for kept in [Duration::from_secs(910), Duration::from_hours(48)] {
        let (here, there, token) = two().await;
        let session = here.auth.verify(&token).unwrap().sid;
        let begun = here.clock.now();
        here.faults.next("records.insert").hang();
        assert_eq!(logout(&here, &token).await, 503, "given up by us, not by the database");
        here.clock.advance(Duration::from_mins(1));
        there.auth.sync_revocations().await.unwrap();
        // Only now the database executes the write: an index was being built, or a disk was full.
        let late = Record {
            kind: "User:users.revoked".to_owned(),
            key: session.to_string(),
            owner: "1".to_owned(),
            value: String::new(),
            version: 1,
            expires_at: begun + kept,
            changed_at: begun,
        };
        assert!(here.records.insert(&late).await.unwrap());
        assert_eq!(logout(&here, &token).await, 204, "acknowledged");
        there.auth.sync_revocations().await.unwrap();
        there.get("/claims", &token).await.is(401);
    }
}

#[tokio::test]
async fn rev_14_logout_reaches_instances_with_clock_skew_within_leeway() {
    let leeway = Duration::from_secs(30);
    let here = MemoryApp::with(|builder| builder.leeway(leeway)).await;
    let ahead = ManualClock::at(here.clock.now() + Duration::from_secs(20));
    let there = here.beside_with(ahead, |builder| builder.leeway(leeway)).await;
    let token = here.register(ADA).await.is(201).access_token();
    there.auth.sync_revocations().await.unwrap();
    there.get("/claims", &token).await.is(200);
    assert_eq!(logout(&here, &token).await, 204);
    there.auth.sync_revocations().await.unwrap();
    there.get("/claims", &token).await.is(401);
}

#[tokio::test]
async fn rev_14_corrected_reader_clock_reads_what_was_missed() {
    let here = MemoryApp::new().await;
    let clock = ManualClock::at(here.clock.now());
    let there = here.beside(clock.clone()).await;
    let token = here.register(ADA).await.is(201).access_token();
    clock.advance(Duration::from_mins(10));
    there.auth.sync_revocations().await.unwrap();
    assert_eq!(logout(&here, &token).await, 204);
    for world in [&here, &there] {
        world.clock.advance(Duration::from_mins(1));
    }
    there.auth.sync_revocations().await.unwrap();
    clock.set(here.clock.now());
    there.auth.sync_revocations().await.unwrap();
    there.get("/claims", &token).await.is(401);
}

#[tokio::test]
async fn rev_13_revocation_outlives_longest_token_of_any_instance() {
    // A deployment raises `access_ttl`: old and new instances run side by side.
    let old = MemoryApp::new().await;
    let longer = |builder: auth::AuthBuilder<auth_tests::User>| builder.access_ttl(Duration::from_hours(1));
    let new = old.beside_with(old.clock.clone(), longer).await;
    let refresh = old.register(ADA).await.is(201).refresh_token();
    let token = new.refresh(&refresh).await.is(200).access_token();
    assert_eq!(logout(&old, &token).await, 204);
    old.clock.advance(Duration::from_mins(16));
    old.auth.purge_expired().await.unwrap();
    let newer = old.beside_with(old.clock.clone(), longer).await;
    newer.get("/claims", &token).await.is(401);
}

/// The writer is suspended (SIGSTOP, a migrated machine) between stamping and storing, while others poll past that
/// time.
#[tokio::test]
async fn rev_14_write_of_a_frozen_process_reaches_other_instances() {
    for what in ["log-out", "role"] {
        let (here, there, token) = two().await;
        let (clock, reader) = (here.clock.clone(), there.auth.clone());
        let freeze = async move {
            clock.advance(Duration::from_secs(20));
            reader.sync_revocations().await.unwrap();
        };
        if what == "role" {
            here.auth.accounts().end_sessions(&1).await.unwrap();
            let token = here.login(ADA, auth_tests::app::PASSWORD).await.is(200).access_token();
            there.auth.sync_revocations().await.unwrap();
            there.get("/claims", &token).await.is(200);
            // The second raise of the mark; the first one precedes the write of the row.
            here.faults.nth("records.replace", 1).before(freeze);
            here.auth.accounts().set_role(&1, auth_tests::Role::Admin).await.unwrap();
            there.auth.sync_revocations().await.unwrap();
            there.get("/claims", &token).await.is(401);
            continue;
        }
        here.faults.next("records.insert").before(freeze);
        assert_eq!(logout(&here, &token).await, 204, "acknowledged");
        for _ in 0..10 {
            here.clock.advance(Duration::from_millis(500));
            there.auth.sync_revocations().await.unwrap();
        }
        there.get("/claims", &token).await.is(401);
    }
}

#[tokio::test]
async fn db_06_clock_hours_ahead_purges_nothing_others_need() {
    for hours in [1, 48] {
        let lifetime = Duration::from_hours(hours);
        let long = |builder: AuthBuilder<User>| builder.access_ttl(lifetime).allow_long_access_tokens();
        let here = MemoryApp::with(long).await;
        let token = here.register(ADA).await.is(201).access_token();
        assert_eq!(logout(&here, &token).await, 204);
        // The last moment of the token, and an instance that is almost a day ahead.
        here.clock.advance(lifetime);
        let ahead = ManualClock::at(here.clock.now() + Duration::from_hours(24));
        here.beside_with(ahead, long).await.auth.purge_expired().await.unwrap();
        here.beside_with(here.clock.clone(), long).await.get("/claims", &token).await.is(401);
    }
}

#[tokio::test]
async fn db_06_clock_set_back_makes_no_token_valid_again() {
    let (world, _, token) = two().await;
    let start = world.clock.now();
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(logout(&world, &token).await, 204);
    world.clock.advance(Duration::from_mins(62));
    // The revocation has expired: it was purged, and swept from memory.
    world.auth.purge_expired().await.unwrap();
    world.auth.sync_revocations().await.unwrap();
    world.clock.set(start + Duration::from_mins(2));
    world.auth.sync_revocations().await.unwrap();
    world.get("/claims", &token).await.is(401);
}

#[tokio::test]
async fn rev_13_a_repeated_logout_writes_only_what_must_last_longer() {
    for (lasts, writes) in [(Duration::from_hours(26), 0), (Duration::from_mins(15), 1)] {
        let (here, _there, token) = two().await;
        let session = here.auth.verify(&token).unwrap().sid.to_string();
        here.faults.next("records.delete").fail();
        assert_eq!(logout(&here, &token).await, 503);
        // As this instance wrote it, or as one would that issues shorter tokens.
        let record = here.records.get("User:users.revoked", &session).await.unwrap().unwrap();
        let record = Record { expires_at: here.clock.now() + lasts, ..record };
        assert!(here.records.replace(&record).await.unwrap());
        drop(here.faults.take_calls());
        assert_eq!(logout(&here, &token).await, 204);
        let written = here.faults.take_calls().into_iter().filter(|call| *call == "records.replace").count();
        assert_eq!(written, writes, "{lasts:?}");
    }
}
