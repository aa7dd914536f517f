//! Sessions whose end broke off half-way, and those that ended by themselves: they are in no list, here or elsewhere.

use std::time::Duration;

use auth_tests::Call;

use auth_tests::memory_app::MemoryApp;
use auth_tests::time::still;

const ADA: &str = "ada@example.org";

/// How many sessions another process lists, which has just been started.
async fn listed_elsewhere(world: &MemoryApp) -> usize {
    let elsewhere = world.beside(world.clock.clone()).await;
    elsewhere.auth.sessions(&1).await.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn ref_16_a_logout_that_broke_off_is_in_no_list() {
    let world = MemoryApp::new().await;
    let token = still(world.register(ADA)).await.is(201).access_token();
    assert_eq!(listed_elsewhere(&world).await, 1);
    // The record says that the session has ended, and nothing else does.
    world.faults.next("records.insert").and_later().fail();
    world.send(Call::post("/auth/logout").bearer(&token)).await.is(503);
    assert_eq!((world.auth.sessions(&1).await.unwrap().len(), listed_elsewhere(&world).await), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_expired_session_is_in_no_list() {
    let world = MemoryApp::new().await;
    still(world.register(ADA)).await.is(201);
    let expires_at = world.auth.sessions(&1).await.unwrap()[0].expires_at;
    let left = expires_at.duration_since(auth::clock::Clock::now(&world.clock).into()).unwrap();
    world.clock.advance(left.saturating_sub(Duration::from_millis(1)));
    assert_eq!(world.auth.sessions(&1).await.unwrap().len(), 1);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(world.auth.sessions(&1).await.unwrap().len(), 0);
}
