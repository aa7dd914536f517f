//! The number of sessions is limited by ending older ones, never the one that begins.

use std::time::Duration;

use auth::clock::Clock as _;
use auth::testing::ManualClock;
use auth_tests::app::PASSWORD;

use auth_tests::memory_app::MemoryApp;

const ADA: &str = "ada@example.org";

#[tokio::test]
async fn ref_20_no_login_ends_its_own_session() {
    let here = MemoryApp::with(|builder| builder.sessions_per_user(1)).await;
    here.register(ADA).await.is(201);
    // A server whose clock is behind: its sessions are the older ones.
    let behind = ManualClock::default();
    behind.set(here.clock.now().minus(Duration::from_secs(4)));
    let there = here.beside_with(behind, |builder| builder.sessions_per_user(1)).await;
    let token = there.login(ADA, PASSWORD).await.is(200).access_token();
    there.get("/me", &token).await.is(200);
}
