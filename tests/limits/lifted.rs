//! What an administrator or a new password lifts, and what a refused attempt leaves behind.

use std::time::Duration;

use auth::Limits;
use auth_tests::app::PASSWORD;
use auth_tests::{Answer, App, Call};
use serde_json::json;

const ADA: &str = "ada@example.org";
const HOME: &str = "203.0.113.1";
const NEW_PASSWORD: &str = "staple battery horse correct";
const DAY: u64 = 24 * 60 * 60;

async fn login(app: &App, ip: &str, password: &str) -> Answer {
    app.send(Call::post("/auth/login").coming_from(ip).json(&json!({ "email": ADA, "password": password }))).await
}

async fn ada(limits: Limits) -> (App, i64) {
    let app = App::with(|builder| builder.limits(limits)).await;
    let body = json!({ "email": ADA, "password": PASSWORD, "display_name": "Ada" });
    app.send(Call::post("/auth/register").coming_from(HOME).json(&body)).await.is(201);
    let id = app.id(ADA).await;
    (app, id)
}

/// Fails until there is a wait of some minutes.
async fn fails(app: &App, ip: &str) {
    for _ in 0..12 {
        login(app, ip, "wrong").await.is(401);
        app.after(512);
    }
    login(app, ip, "wrong").await.is(401);
    login(app, ip, PASSWORD).await.is(429);
}

/// A role of a later release is no reason to keep somebody out: what lifts limits reads the logins alone.
#[tokio::test]
async fn b10_an_unknown_role_keeps_no_limit_from_being_lifted() {
    let (app, id) = ada(Limits::default()).await;
    let (unknown, known) = ("UPDATE users SET role = 'auditor'", "UPDATE users SET role = 'member'");
    fails(&app, HOME).await;
    app.db.run(unknown).await;
    app.auth.accounts().unlock(&id).await.unwrap();
    app.db.run(known).await;
    login(&app, HOME, PASSWORD).await.is(200);
    fails(&app, HOME).await;
    app.db.run(unknown).await;
    app.auth.accounts().set_password(&id, NEW_PASSWORD).await.unwrap();
    app.db.run(known).await;
    login(&app, HOME, NEW_PASSWORD).await.is(200);
    assert!(matches!(app.auth.accounts().unlock(&(id + 1)).await, Err(auth::AuthError::NotFound)));
}

#[tokio::test]
async fn login_06_lifting_limits_ends_the_wait_of_each_client() {
    for limits in [Limits::default(), Limits::default().in_memory()] {
        let (app, id) = ada(limits).await;
        for ip in [HOME, "192.0.2.1"] {
            fails(&app, ip).await;
            app.auth.accounts().unlock(&id).await.unwrap();
            login(&app, ip, PASSWORD).await.is(200);
            fails(&app, ip).await;
            app.auth.accounts().set_password(&id, NEW_PASSWORD).await.unwrap();
            login(&app, ip, NEW_PASSWORD).await.is(200);
            app.auth.accounts().set_password(&id, PASSWORD).await.unwrap();
        }
        // The next series is a series as before, and lifted once.
        fails(&app, HOME).await;
        app.auth.accounts().unlock(&id).await.unwrap();
        app.after(1);
        for _ in 0..5 {
            login(&app, HOME, "wrong").await.is(401);
        }
        login(&app, HOME, PASSWORD).await.is(429);
    }
}

#[tokio::test]
async fn login_06_lifting_limits_reaches_a_row_in_capitals() {
    let (app, id) = ada(Limits::default()).await;
    // As another program would store it.
    app.db.run("UPDATE users SET email = 'Ada@Example.org'").await;
    app.auth.check_schema().await.unwrap();
    fails(&app, "192.0.2.1").await;
    app.auth.accounts().unlock(&id).await.unwrap();
    login(&app, "192.0.2.1", PASSWORD).await.is(200);
}

#[tokio::test]
async fn login_06_a_step_up_that_waits_is_let_through_too() {
    let (app, id) = ada(Limits::default()).await;
    let token = login(&app, HOME, PASSWORD).await.is(200).access_token();
    let again =
        |password: &str| Call::post("/auth/reauthenticate").bearer(&token).json(&json!({ "password": password }));
    for _ in 0..5 {
        app.send(again("wrong")).await.is(422);
    }
    app.send(again(PASSWORD)).await.is(429);
    app.auth.accounts().unlock(&id).await.unwrap();
    app.send(again(PASSWORD)).await.is(200);
}

#[tokio::test]
async fn login_06_a_refused_stranger_has_tried_nothing() {
    let (app, _) = ada(Limits::default()).await;
    for number in 0..100 {
        login(&app, &format!("198.51.100.{number}"), "wrong").await.is(401);
        app.after(15);
    }
    // Each is told when strangers may try again, and not when this client may.
    for _ in 0..9 {
        let refused = login(&app, "192.0.2.1", PASSWORD).await.is(429);
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!(wait > DAY / 2, "{wait}");
    }
    app.after(DAY - 15);
    login(&app, "192.0.2.1", PASSWORD).await.is(200);
}

#[tokio::test]
async fn login_06_settings_count_in_whichever_order_they_are_made() {
    let wait = Duration::from_mins(2);
    let limits = || Limits::default().failures_before_lock(5);
    for limits in [limits().max_backoff(wait).locked_until_reset(), limits().locked_until_reset().max_backoff(wait)] {
        let (app, _) = ada(limits).await;
        for number in 1..=5 {
            login(&app, &format!("192.0.2.{number}"), "wrong").await.is(401);
        }
        let refused = login(&app, "192.0.2.6", PASSWORD).await.is(429);
        assert_eq!(refused.header("retry-after"), Some("120"));
    }
}
