//! How soon work that failed is tried again.

use std::time::Duration;

use auth::store::Records as _;

use auth_tests::memory_app::MemoryApp;
use auth_tests::time::still;

async fn sessions_of(world: &MemoryApp, user: &str) -> usize {
    world.records.list("User:users.session", user).await.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn ref_16_after_a_success_a_failure_waits_a_second() {
    let world = MemoryApp::new().await;
    for email in ["ada@example.org", "bob@example.org"] {
        still(world.register(email)).await.is(201);
    }
    world.faults.down();
    for user in [1, 2] {
        world.auth.accounts().end_sessions(&user).await.unwrap_err();
    }
    // After an hour, the pause is the longest one.
    tokio::time::sleep(Duration::from_hours(1)).await;
    world.faults.up();
    // One of the two succeeds, and the other one fails at its last call.
    world.faults.nth("records.list", 1).fail();
    for _ in 0..70 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if world.faults.is_done() {
            break;
        }
    }
    assert!(world.faults.is_done(), "both were tried");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((sessions_of(&world, "1").await, sessions_of(&world, "2").await), (0, 0));
}
