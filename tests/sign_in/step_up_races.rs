//! An account that changes while somebody proves their identity again, in ways that end no session.

use auth::event::EventKind;
use auth::testing::Faults;
use auth_tests::app::PASSWORD;
use auth_tests::{App, Call};
use serde_json::json;

use auth_tests::memory_app::MemoryApp;

const DISABLE: &str = "UPDATE users SET is_active = FALSE";

fn again(token: &str, password: &str) -> Call {
    Call::post("/auth/reauthenticate").bearer(token).json(&json!({ "password": password }))
}

#[tokio::test]
async fn step_01_a_disabled_account_is_refused_before_its_password() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    app.db.run(DISABLE).await;
    app.events();
    app.send(again(&token, "not the password")).await.is(401);
    let events = app.events();
    assert!(!events.iter().any(|event| matches!(event, EventKind::LoginFailed { .. })), "{events:?}");
}

#[tokio::test]
async fn step_01_an_account_disabled_at_any_moment_becomes_no_fresher() {
    for read in 0.. {
        let faults = Faults::new();
        let app = App::with_faults(&faults).await;
        let token = app.register("ada@example.org").await.is(201).access_token();
        let db = app.db.clone();
        faults.nth("users.find", read).before(async move { db.run(DISABLE).await });
        let answer = app.send(again(&token, PASSWORD)).await;
        if !faults.is_done() {
            assert!(read > 1, "{read} reads are too few");
            break;
        }
        assert_eq!(answer.status, 401, "at read {read}");
    }
}

#[tokio::test]
async fn step_01_a_password_replaced_at_any_moment_freshens_nothing() {
    for read in 0.. {
        let here = MemoryApp::new().await;
        let there = here.beside(here.clock.clone()).await;
        let token = here.register("ada@example.org").await.is(201).access_token();
        // By the session itself, which therefore goes on.
        let body = json!({ "current_password": PASSWORD, "new_password": "another horse battery" });
        let change = Call::post("/auth/password/change").bearer(&token).json(&body);
        here.faults.nth("users.find", read).before(async move { drop(there.send(change).await.is(204)) });
        let answer = here.send(again(&token, PASSWORD)).await;
        if !here.faults.is_done() {
            assert!(read > 1, "{read} reads are too few");
            break;
        }
        assert_eq!(answer.status, 422, "at read {read}");
    }
}
