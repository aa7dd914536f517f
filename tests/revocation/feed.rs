//! Sessions ended by one process are refused by another: within the pace of the feed, or by a query while it is silent.

use std::time::Duration;

use auth::AuthError;
use auth::clock::{Clock as _, Timestamp};
use auth_tests::Call;
use auth_tests::app::PASSWORD;
use auth_tests::memory_app::MemoryApp;
use auth_tests::time::pass;

const PACE: Duration = Duration::from_millis(500);

/// Two processes on the same stores, each polling its feed, and an access token that both accept.
async fn two() -> (MemoryApp, MemoryApp, String) {
    let here = MemoryApp::with(|builder| builder.revocation_feed(PACE)).await;
    let there = here.beside_with(here.clock.clone(), |builder| builder.revocation_feed(PACE)).await;
    let token = here.register("ada@example.org").await.is(201).access_token();
    here.get("/me", &token).await.is(200);
    there.get("/me", &token).await.is(200);
    (here, there, token)
}

#[tokio::test(start_paused = true)]
async fn rev_14_logout_reaches_other_instances_within_a_second() {
    let (here, there, token) = two().await;
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    here.get("/me", &token).await.is(401);
    pass(Duration::from_secs(1)).await;
    there.get("/me", &token).await.is(401);
    assert!(matches!(there.auth.verify(&token), Err(AuthError::InvalidToken)));
}

#[tokio::test(start_paused = true)]
async fn rev_14_stale_roles_and_ended_sessions_reach_other_instances() {
    let (here, there, token) = two().await;
    let claims = here.auth.verify(&token).unwrap();
    here.auth.accounts().set_role(&claims.sub, auth_tests::Role::Admin).await.unwrap();
    pass(Duration::from_secs(1)).await;
    there.get("/me", &token).await.is(401);
    let fresh = there.login("ada@example.org", PASSWORD).await.is(200).access_token();
    assert!(there.auth.still_valid(&there.auth.verify(&fresh).unwrap()));
    here.auth.accounts().end_sessions(&claims.sub).await.unwrap();
    pass(Duration::from_secs(1)).await;
    there.get("/me", &fresh).await.is(401);
}

#[tokio::test]
async fn rev_14_first_poll_after_clock_set_back_misses_nothing() {
    let here = MemoryApp::new().await;
    let there = here.beside(here.clock.clone()).await;
    here.register("ada@example.org").await.is(201);
    there.auth.sync_revocations().await.unwrap();
    here.clock.set(Timestamp::from_millis(here.clock.now().as_millis() - 60 * 60 * 1000));
    let token = here.login("ada@example.org", PASSWORD).await.is(200).access_token();
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    there.get("/me", &token).await.is(200);
    there.auth.sync_revocations().await.unwrap();
    there.get("/me", &token).await.is(401);
}

#[tokio::test(start_paused = true)]
async fn rev_14_guards_query_the_store_while_feed_is_stale() {
    let (here, there, token) = two().await;
    there.faults.down();
    pass(Duration::from_secs(1)).await;
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    pass(Duration::from_secs(3)).await;
    let answer = there.get("/me", &token).await.is(503);
    assert_eq!(answer.code(), "unavailable");
    assert!(answer.header("retry-after").is_some());
    assert!(there.auth.verify(&token).is_err(), "nobody can be asked here");

    // The store is back: guards query it at once, and the feed polls it a moment later.
    there.faults.up();
    there.get("/me", &token).await.is(401);
    pass(Duration::from_secs(1)).await;
    let fresh = there.login("ada@example.org", PASSWORD).await.is(200).access_token();
    drop(there.faults.take_calls());
    there.get("/claims", &fresh).await.is(200);
    assert!(!there.faults.take_calls().contains(&"records.get"), "memory is trusted again");
}

#[tokio::test(start_paused = true)]
async fn the_feed_ends_with_the_last_handle() {
    let (here, there, _) = two().await;
    let faults = there.faults.clone();
    drop(there);
    drop(faults.take_calls());
    pass(Duration::from_secs(3)).await;
    assert_eq!(faults.take_calls(), Vec::<&str>::new());
    drop(here);
}

#[tokio::test(start_paused = true)]
async fn rev_14_hanging_feed_is_stale_after_a_second() {
    let (_here, there, token) = two().await;
    there.faults.next("records.changed_since").and_later().hang();
    there.faults.next("records.get").and_later().fail();
    let heard = tokio::time::Instant::now();
    while there.get("/claims", &token).await.status == 200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(heard.elapsed() <= Duration::from_millis(1_050), "{:?}", heard.elapsed());
}

/// The handle is built on a runtime that then stalls, and used on another one.
#[test]
fn rev_14_feed_whose_task_is_stopped_is_not_trusted() {
    let runtime =
        |paused| tokio::runtime::Builder::new_current_thread().enable_all().start_paused(paused).build().unwrap();
    let builds = runtime(false);
    let (here, there, token) = builds.block_on(two());
    let serves = runtime(true);
    serves.block_on(async {
        here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        there.get("/me", &token).await.is(401);
        assert!(there.auth.verify(&token).is_err(), "nobody can be asked here");
        let fresh = here.login("ada@example.org", PASSWORD).await.is(200).access_token();
        there.get("/me", &fresh).await.is(200);
    });
}

#[test]
fn rev_14_feed_built_without_runtime_is_not_trusted() {
    let mut build = std::pin::pin!(async {
        let here = MemoryApp::new().await;
        (here.beside_with(here.clock.clone(), |builder| builder.revocation_feed(PACE)).await, here)
    });
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready((there, here)) = build.as_mut().poll(&mut context) else {
        panic!("stores in memory wait")
    };
    let serves = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    serves.block_on(async {
        let token = here.register("ada@example.org").await.is(201).access_token();
        here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        there.get("/me", &token).await.is(401);
    });
}

#[tokio::test(start_paused = true)]
async fn rev_14_panicking_store_ends_one_poll_only() {
    let (here, there, token) = two().await;
    for call in ["records.changed_since", "records.changed_since"] {
        there.faults.next(call).before(async { panic!("a store of somebody else") });
        pass(PACE).await;
        there.get("/me", &token).await.is(200);
    }
    pass(Duration::from_secs(5)).await;
    drop(there.faults.take_calls());
    there.get("/claims", &token).await.is(200);
    assert!(!there.faults.take_calls().contains(&"records.get"), "memory is trusted again");
    here.send(Call::post("/auth/logout").bearer(&token)).await.is(204);
    pass(Duration::from_secs(1)).await;
    drop(there.faults.take_calls());
    there.get("/claims", &token).await.is(401);
    assert_eq!(there.faults.take_calls(), Vec::<&str>::new());
}
