//! Tenants with one secret and one broadcast, each with a store of its own.

use auth_tests::app::SECRET;
use auth_tests::memory_app::MemoryApp;
use serde_json::json;

use crate::broadcast::{FAR, Local, PACE, message, settle};

/// Two tenants, each with a user 1 who is signed in.
async fn tenants(local: &Local) -> (MemoryApp, String, MemoryApp, String) {
    let tenant = async || {
        let world = MemoryApp::with(|builder| builder.revocation_feed(PACE).broadcast(local.clone())).await;
        let token = world.register("ada@example.org").await.is(201).access_token();
        (world, token)
    };
    let ((here, token), (there, other)) = (tenant().await, tenant().await);
    settle().await;
    drop(here.faults.take_calls());
    drop(there.faults.take_calls());
    (here, token, there, other)
}

fn store_of(token: &str) -> String {
    auth_tests::forge::claims_of(token)["auth_store"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn m5_messages_of_another_store_are_ignored() {
    let local = Local::new();
    let (here, token, there, _) = tenants(&local).await;
    there.auth.accounts().end_sessions(&1).await.unwrap();
    settle().await;
    here.get("/me", &token).await.is(200);
    assert!(!here.faults.take_calls().contains(&"records.changed_since"), "nor do they cause a poll");
    // Its own are heard.
    let beside = here.beside_with(here.clock.clone(), |builder| builder.revocation_feed(PACE).broadcast(local.clone()));
    beside.await.auth.accounts().end_sessions(&1).await.unwrap();
    settle().await;
    here.get("/me", &token).await.is(401);
}

/// An instance of the release before does not say whose store it means.
#[tokio::test(start_paused = true)]
async fn m5_messages_without_a_store_only_cause_a_poll() {
    let local = Local::new();
    let (here, token, _there, _) = tenants(&local).await;
    let session = here.auth.verify(&token).unwrap().sid.to_string();
    let huge = r#"{"g":1000000,"s":1000000}"#;
    for (is_session, key, value) in [(false, "1", huge), (true, &*session, "")] {
        let news = json!({ "s": is_session, "k": key, "v": value, "e": FAR, "c": FAR });
        local.messages.send(message(SECRET, &news)).unwrap();
        settle().await;
        here.get("/claims", &token).await.is(200);
        assert!(here.faults.take_calls().contains(&"records.changed_since"), "it may be ours");
        tokio::time::advance(PACE).await;
        settle().await;
        drop(here.faults.take_calls());
    }
}

#[tokio::test(start_paused = true)]
async fn m5_the_store_is_part_of_what_is_signed() {
    let local = Local::new();
    let (here, token, there, other) = tenants(&local).await;
    let mut seen = local.messages.subscribe();
    there.auth.accounts().end_sessions(&1).await.unwrap();
    let sent = seen.recv().await.unwrap();
    let (seal, text) = sent.split_once('.').unwrap();
    let text = String::from_utf8(auth_tests::forge::decode(text)).unwrap();
    let (theirs, ours) = (store_of(&other), store_of(&token));
    assert!(text.contains(&theirs), "{text}");
    let moved = format!("{seal}.{}", auth_tests::forge::encode(text.replace(&theirs, &ours)));
    local.messages.send(moved).unwrap();
    settle().await;
    here.get("/me", &token).await.is(200);
}
