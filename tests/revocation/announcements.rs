//! Revocations that are stored again, because others may have read past their time: they are announced like new ones.

use std::time::Duration;

use auth::ClientInfo;
use auth_tests::Call;

use crate::broadcast::{Local, settle, two};
use auth_tests::memory_app::MemoryApp;

/// `there` refuses the token without having asked the store.
async fn has_heard(there: &MemoryApp, token: &str) {
    settle().await;
    drop(there.faults.take_calls());
    there.get("/me", token).await.is(401);
    assert_eq!(there.faults.take_calls(), Vec::<&str>::new());
}

#[tokio::test(start_paused = true)]
async fn rev_03_a_session_ended_again_is_announced_again() {
    let (here, there, token) = two(&Local::new()).await;
    let session = here.auth.verify(&token).unwrap().sid;
    // The revocation is stored, and nobody hears of it.
    here.faults.next("records.insert").lose_response();
    here.auth.end_session(&1, session, &ClientInfo::default()).await.unwrap_err();
    here.clock.advance(Duration::from_secs(3));
    assert!(here.auth.end_session(&1, session, &ClientInfo::default()).await.unwrap());
    has_heard(&there, &token).await;
}

#[tokio::test(start_paused = true)]
async fn rev_03_a_revocation_that_was_written_late_is_announced() {
    let (here, there, token) = two(&Local::new()).await;
    let clock = here.clock.clone();
    // This process stands still between the time in the record and the write.
    here.faults.next("records.insert").before(async move { clock.advance(Duration::from_mins(1)) });
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    assert!(here.faults.is_done());
    has_heard(&there, &token).await;
}
