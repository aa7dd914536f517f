//! Unreadable records: one of them does not stop the feed, and grants no access.

use std::time::Duration;

use auth_tests::memory_app::{MemoryApp, put};
use auth_tests::time::pass;
use auth_tests::{Call, Role};

const EMAIL: &str = "ada@example.org";
const PACE: Duration = Duration::from_millis(500);

#[tokio::test(start_paused = true)]
async fn rev_14_unreadable_record_does_not_stop_the_feed() {
    let here = MemoryApp::with(|builder| builder.revocation_feed(PACE)).await;
    let there = here.beside_with(here.clock.clone(), |builder| builder.revocation_feed(PACE)).await;
    let token = here.register(EMAIL).await.is(201).access_token();
    put(&here, "revoked", "rubbish", "").await;
    put(&here, "mark", "77", "rubbish").await;
    put(&here, "mark", "rubbish", "rubbish").await;
    for _ in 0..3 {
        pass(Duration::from_secs(10)).await;
        drop(there.faults.take_calls());
        there.get("/claims", &token).await.is(200);
        assert!(!there.faults.take_calls().contains(&"records.get"), "the store is asked for each request");
    }
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    pass(Duration::from_secs(1)).await;
    there.get("/claims", &token).await.is(401);
    // It does not keep an instance from starting either.
    here.beside(here.clock.clone()).await.get("/claims", &token).await.is(401);
}

#[tokio::test]
async fn rev_14_unreadable_epoch_refuses_its_user_until_repaired() {
    let here = MemoryApp::new().await;
    let there = here.beside(here.clock.clone()).await;
    let (ada, bob) = (here.register(EMAIL).await.is(201), here.register("bob@example.org").await.is(201));
    put(&here, "mark", "1", "rubbish").await;
    there.auth.sync_revocations().await.unwrap();
    there.get("/claims", &ada.access_token()).await.is(500);
    assert!(there.auth.verify(&ada.access_token()).is_err());
    there.refresh(&ada.refresh_token()).await.is(500);
    there.get("/claims", &bob.access_token()).await.is(200);
    // The record is repaired by hand, with its time of change unchanged.
    here.clock.advance(Duration::from_mins(5));
    put(&here, "mark", "1", r#"{"g":0}"#).await;
    there.get("/claims", &ada.access_token()).await.is(200);
    put(&here, "mark", "1", r#"{"g":1,"s":1}"#).await;
    there.get("/claims", &ada.access_token()).await.is(401);
    there.auth.sync_revocations().await.unwrap();
    there.get("/claims", &ada.access_token()).await.is(401);
}

#[tokio::test]
async fn cached_rows_are_dropped_only_for_new_revocations() {
    let here = MemoryApp::new().await;
    let there = here.beside_with(here.clock.clone(), |builder| builder.user_cache(Duration::from_secs(5))).await;
    let refresh = here.register(EMAIL).await.is(201).refresh_token();
    here.auth.accounts().set_role(&1, Role::Admin).await.unwrap();
    there.auth.sync_revocations().await.unwrap();
    let token = there.refresh(&refresh).await.is(200).access_token();
    there.get("/me", &token).await.is(200);
    for _ in 0..4 {
        there.auth.sync_revocations().await.unwrap();
        drop(there.faults.take_calls());
        there.get("/me", &token).await.is(200);
        assert_eq!(there.faults.take_calls(), Vec::<&str>::new(), "the row is read anew after each look");
    }
    here.auth.accounts().row_changed(&1).await.unwrap();
    there.auth.sync_revocations().await.unwrap();
    let token = there.login(EMAIL, auth_tests::app::PASSWORD).await.is(200).access_token();
    drop(there.faults.take_calls());
    there.get("/me", &token).await.is(200);
    assert_eq!(there.faults.take_calls(), ["users.find"]);
}

#[tokio::test]
async fn db_12_password_is_not_set_while_row_is_unreadable() {
    let world = MemoryApp::new().await;
    world.register(EMAIL).await.is(201);
    world.faults.next("users.find").fail();
    let error = world.auth.accounts().set_password(&1, "another good password").await.unwrap_err();
    assert_eq!(error.status(), 503);
    assert!(world.mend());
    world.login(EMAIL, auth_tests::app::PASSWORD).await.is(200);
}
