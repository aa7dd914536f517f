//! Revocations that a look into the store does not come across by their time.

use std::time::Duration;

use auth::clock::Clock as _;
use auth::store::{Record, Records as _};
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use auth_tests::time::still;
use auth_tests::{Call, Role};

use crate::broadcast::{Local, settle, two};
use crate::stale_feed::silent;

#[tokio::test(start_paused = true)]
async fn m5_a_message_about_an_older_record_stays_true() {
    let local = Local::new();
    let (here, there, token) = two(&local).await;
    here.auth.accounts().end_sessions(&1).await.unwrap();
    // The writer stood still between the time in the record and the write.
    let mark = here.records.get("User:users.mark", "1").await.unwrap().unwrap();
    let before = Record { changed_at: mark.changed_at.minus(Duration::from_mins(10)), ..mark };
    assert!(here.records.replace(&before).await.unwrap());
    settle().await;
    there.get("/me", &token).await.is(401);
    for _ in 0..3 {
        there.auth.sync_revocations().await.unwrap();
        there.get("/me", &token).await.is(401);
    }
}

#[tokio::test]
async fn rev_14_a_full_page_hides_nothing_behind_it() {
    let here = MemoryApp::new().await;
    let there = here.beside(here.clock.clone()).await;
    let token = here.register("ada@example.org").await.is(201).access_token();
    let bobs = here.register("bob@example.org").await.is(201).access_token();
    there.auth.sync_revocations().await.unwrap();
    here.auth.accounts().set_role(&1, Role::Editor).await.unwrap();
    here.clock.advance(Duration::from_secs(1));
    for number in 0..1_500 {
        let record = Record {
            kind: "User:users.revoked".to_owned(),
            key: format!("{number:04}"),
            owner: "7".to_owned(),
            value: String::new(),
            version: 1,
            expires_at: here.clock.now() + Duration::from_hours(1),
            changed_at: here.clock.now(),
        };
        assert!(here.records.insert(&record).await.unwrap());
    }
    here.clock.advance(Duration::from_secs(1));
    here.send(Call::post("/auth/logout").bearer(&bobs)).await.is(204);
    there.auth.sync_revocations().await.unwrap();
    there.get("/claims", &token).await.is(401);
    there.get("/claims", &bobs).await.is(401);
}

#[tokio::test(start_paused = true)]
async fn nobody_signs_everybody_out_by_a_message() {
    let local = Local::new();
    let (here, there, token) = two(&local).await;
    let mut messages = local.messages.subscribe();
    here.auth.accounts().end_sessions(&1).await.unwrap();
    settle().await;
    assert!(messages.try_recv().is_ok(), "this is how one would be seen");
    here.auth.end_everything().await.unwrap();
    settle().await;
    assert!(messages.try_recv().is_err());
    there.auth.sync_revocations().await.unwrap();
    there.get("/me", &token).await.is(401);
}

#[tokio::test(start_paused = true)]
async fn rev_14_who_asks_the_store_hears_that_everything_ended() {
    let world = silent().await;
    let token = still(world.login("ada@example.org", PASSWORD)).await.is(200).access_token();
    world.get("/claims", &token).await.is(200);
    let elsewhere = world.beside(world.clock.clone()).await;
    elsewhere.auth.end_everything().await.unwrap();
    world.get("/claims", &token).await.is(401);
}

/// The handle is built on a runtime that then ends.
#[test]
fn rev_14_memory_is_not_trusted_when_its_reader_is_gone() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let builds = runtime();
    let (here, there, token) = builds.block_on(two(&Local::new()));
    drop(builds);
    runtime().block_on(async {
        here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
        there.get("/me", &token).await.is(401);
    });
}
