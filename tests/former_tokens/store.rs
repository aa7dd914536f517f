//! What former tokens ask of the store, and what if it does not answer.

use auth::testing::Faults;
use auth_tests::{App, Call};
use serde_json::json;

use super::{ADA, accepting, claims, now, signed};

/// An account of before the switch, on stores that a test watches.
async fn watched(faults: &Faults) -> App {
    let app = App::with_faults_and(faults, |builder| builder).await;
    app.register(ADA).await.is(201);
    app.db.run("DELETE FROM auth_records WHERE owner <> ''").await;
    let app = app.restarted_as_a_pair(faults, accepting).await;
    drop(faults.take_calls());
    app
}

#[tokio::test]
async fn former_tokens_seen_before_cost_no_store_call() {
    let faults = Faults::new();
    let app = watched(&faults).await;
    let token = signed(&claims(1, &app.clock));
    app.get("/claims", &token).await.is(200);
    assert!(!faults.take_calls().is_empty());
    for _ in 0..100 {
        app.get("/claims", &token).await.is(200);
    }
    assert_eq!(faults.take_calls(), <[&str; 0]>::default());
    // As often as others refresh.
    app.after(15 * 60 + 5);
    app.get("/claims", &token).await.is(200);
    let calls = faults.take_calls();
    assert!(calls.len() <= 4, "{calls:?}");
    app.logout(&token).await.is(204);
    drop(faults.take_calls());
    app.get("/claims", &token).await.is(401);
    assert_eq!(faults.take_calls(), <[&str; 0]>::default(), "memory knows that it has ended");
    // An instance that has not heard of it asks once.
    let other = app.restarted_as_a_pair(&faults, accepting).await;
    drop(faults.take_calls());
    other.get("/claims", &token).await.is(401);
    other.get("/claims", &token).await.is(401);
    assert!(faults.take_calls().len() <= 1);
}

#[tokio::test]
async fn store_08_silent_store_is_a_503_and_no_401() {
    let faults = Faults::new();
    let app = watched(&faults).await;
    let token = |n: u64| signed(&json!({ "sub": 1, "iat": now(&app.clock) - 60, "exp": now(&app.clock) + 600 + n }));
    app.get("/claims", &token(0)).await.is(200);
    let calls = faults.take_calls().len();
    assert!(calls > 3);
    for n in 0..calls {
        for lost in [false, true] {
            let call = faults.nth("*", n).and_later();
            if lost {
                call.lose_response();
            } else {
                call.fail();
            }
            let token = token(1 + 2 * n as u64 + u64::from(lost));
            let answer = app.get("/claims", &token).await;
            faults.clear();
            // What follows the last thing that matters is housekeeping.
            assert!([503, 200].contains(&answer.status.as_u16()), "call {n}: {}", answer.text());
            assert!(n > 2 || answer.status == 503, "call {n}: {}", answer.text());
            // Nothing is left that would keep the token out.
            app.get("/claims", &token).await.is(200);
            app.logout(&token).await.is(204);
            app.get("/claims", &token).await.is(401);
        }
    }
}

#[tokio::test]
async fn failed_sign_out_of_a_former_token_is_completed() {
    let faults = Faults::new();
    let app = watched(&faults).await;
    let token = |n: u64| signed(&json!({ "sub": 1, "iat": now(&app.clock) - 60, "exp": now(&app.clock) + 600 + n }));
    app.get("/claims", &token(0)).await.is(200);
    drop(faults.take_calls());
    app.logout(&token(0)).await.is(204);
    let calls = faults.take_calls().len();
    for n in 0..calls {
        let token = token(1 + n as u64);
        app.get("/claims", &token).await.is(200);
        faults.nth("*", n).and_later().fail();
        app.send(Call::post("/auth/logout").bearer(&token)).await.is(503);
        faults.clear();
        app.logout(&token).await.is(204);
        app.get("/claims", &token).await.is(401);
        let other = app.restarted_as_a_pair(&faults, accepting).await;
        other.get("/claims", &token).await.is(401);
    }
}
