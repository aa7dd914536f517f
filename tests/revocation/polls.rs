//! What a poll of the store reads: everything that can matter, also if the clock is set back meanwhile, and no more.

use std::time::Duration;

use auth::clock::Clock as _;
use auth::store::{Record, Records as _};
use auth::testing::ManualClock;
use auth_tests::Call;
use auth_tests::app::PASSWORD;

use auth_tests::memory_app::MemoryApp;

#[tokio::test]
async fn rev_14_a_clock_set_back_during_a_poll_hides_nothing() {
    let here = MemoryApp::new().await;
    let there = here.beside(here.clock.clone()).await;
    let token = here.register("ada@example.org").await.is(201).access_token();
    here.clock.advance(Duration::from_mins(2));
    // A poll breaks off after the ended sessions, of which there are none.
    there.faults.nth("records.changed_since", 1).fail();
    there.auth.sync_revocations().await.unwrap_err();
    here.clock.set(here.clock.now().minus(Duration::from_mins(1)));
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    there.auth.sync_revocations().await.unwrap();
    here.clock.advance(Duration::from_secs(61));
    there.auth.sync_revocations().await.unwrap();
    there.get("/me", &token).await.is(401);
}

#[tokio::test]
async fn what_is_older_than_tokens_is_not_read_again() {
    let here = MemoryApp::new().await;
    let there = here.beside(here.clock.clone()).await;
    for number in 0..1_500 {
        let then = here.clock.now().minus(Duration::from_hours(2));
        let record = Record {
            kind: "User:users.revoked".to_owned(),
            key: format!("{number:04}"),
            owner: "7".to_owned(),
            value: String::new(),
            version: 1,
            expires_at: here.clock.now() + Duration::from_hours(22),
            changed_at: then,
        };
        assert!(here.records.insert(&record).await.unwrap());
    }
    // Everything is read again, because the clock was set back.
    here.clock.set(here.clock.now().minus(Duration::from_mins(1)));
    drop(there.faults.take_calls());
    there.auth.sync_revocations().await.unwrap();
    let pages = there.faults.take_calls().into_iter().filter(|call| *call == "records.changed_since").count();
    assert_eq!(pages, 2, "one of each kind");
}

/// The token of a server whose clock is ahead, ended by one whose clock is behind and whose write took its time.
#[tokio::test]
async fn rev_15_a_restart_forgets_no_session_while_its_tokens_last() {
    const LEEWAY: Duration = Duration::from_secs(5);
    const WRITE: Duration = Duration::from_secs(1);
    let here = MemoryApp::new().await;
    here.register("ada@example.org").await.is(201);
    let now = here.clock.now();
    let clock = |at| {
        let clock = ManualClock::default();
        clock.set(at);
        clock
    };
    let ahead = here.beside(clock(now + LEEWAY)).await;
    let ended = ahead.login("ada@example.org", PASSWORD).await.is(200).access_token();
    let other = ahead.login("ada@example.org", PASSWORD).await.is(200).access_token();
    let record = Record {
        kind: "User:users.revoked".to_owned(),
        key: ahead.auth.verify(&ended).unwrap().sid.to_string(),
        owner: "1".to_owned(),
        value: String::new(),
        version: 1,
        expires_at: now + Duration::from_hours(24),
        changed_at: now.minus(LEEWAY + WRITE),
    };
    assert!(here.records.insert(&record).await.unwrap());
    let last = now + LEEWAY + Duration::from_mins(15) + LEEWAY;
    let restarted = here.beside(clock(last.minus(Duration::from_secs(1)))).await;
    restarted.get("/claims", &other).await.is(200);
    restarted.get("/claims", &ended).await.is(401);
}

#[tokio::test]
async fn rev_14_the_end_of_everything_is_found_though_written_late() {
    let here = MemoryApp::new().await;
    let there = here.beside(here.clock.clone()).await;
    here.register("ada@example.org").await.is(201);
    for write in ["records.insert", "records.replace"] {
        let token = here.login("ada@example.org", PASSWORD).await.is(200).access_token();
        there.get("/claims", &token).await.is(200);
        // This process stands still between the time in the record and the write, and the other one polls.
        let (clock, polls) = (here.clock.clone(), there.clone());
        here.faults.next(write).before(async move {
            clock.advance(Duration::from_mins(1));
            polls.auth.sync_revocations().await.unwrap();
        });
        here.auth.end_everything().await.unwrap();
        assert!(here.faults.is_done(), "{write}");
        there.auth.sync_revocations().await.unwrap();
        there.get("/claims", &token).await.is(401);
    }
}
