//! Attempts to get past a rule that requires a recent login.

use std::time::Duration;

use auth::clock::Clock;
use auth::routing::{Routes, get};
use auth::testing::Faults;
use auth::{Auth, AuthError, ClientInfo, Fresh, Has, protected};
use auth_tests::app::PASSWORD;
use auth_tests::{App, Call, User, payload};
use axum::Router;
use serde_json::json;

#[protected(Fresh::minutes(5))]
async fn pay() -> &'static str {
    "paid"
}

fn router(app: &App) -> Router {
    let routes: Routes<Auth<User>> = Routes::new().route("/pay", get(pay));
    routes.into_router().with_state(app.auth.clone())
}

async fn pays(app: &App, token: &str) -> u16 {
    Call::get("/pay").bearer(token).send(&router(app)).await.status.as_u16()
}

fn again(token: &str, password: &str) -> Call {
    Call::post("/auth/reauthenticate").bearer(token).json(&json!({ "password": password }))
}

#[tokio::test]
async fn step_01_clock_set_back_extends_no_fresh_login() {
    let app = App::new().await;
    let login = app.register("ada@example.org").await.is(201);
    // The clock was an hour ahead, so the login is in the future now.
    app.clock.set(app.clock.now().minus(Duration::from_hours(1)));
    let token = app.refresh(&login.refresh_token()).await.is(200).access_token();
    assert_eq!(pays(&app, &token).await, 401);
    let token = app.send(again(&token, PASSWORD)).await.is(200).access_token();
    assert_eq!(pays(&app, &token).await, 200);
    app.after(300);
    assert_eq!(pays(&app, &token).await, 401);
}

#[tokio::test]
async fn step_01_small_clock_skew_does_not_make_logins_stale() {
    let app = App::new().await;
    let login = app.register("ada@example.org").await.is(201);
    app.clock.set(app.clock.now().minus(Duration::from_secs(5)));
    assert_eq!(pays(&app, &login.access_token()).await, 200);
}

#[tokio::test]
async fn step_01_reauthentication_freshens_only_its_new_token() {
    let app = App::new().await;
    let one = app.register("ada@example.org").await.is(201).access_token();
    let (other, refresh) = app.tokens("ada@example.org").await;
    app.after(301);
    let fresh = app.send(again(&one, PASSWORD)).await.is(200).access_token();
    assert_eq!((pays(&app, &fresh).await, pays(&app, &one).await, pays(&app, &other).await), (200, 401, 401));
    let other = app.refresh(&refresh).await.is(200).access_token();
    assert_eq!(pays(&app, &other).await, 401);
}

#[tokio::test]
async fn step_01_a_token_of_another_user_steps_nobody_else_up() {
    let app = App::new().await;
    let ada = app.register("ada@example.org").await.is(201).access_token();
    app.user("eve@example.org").await;
    let eve = app.id("eve@example.org").await;
    let sid = payload(&ada)["sid"].as_str().unwrap().parse().unwrap();
    // Eve's password with Ada's session.
    let refused = app.auth.reauthenticate(&eve, sid, PASSWORD, &ClientInfo::default()).await;
    assert!(matches!(refused, Err(AuthError::InvalidToken)), "{refused:?}");
    app.after(301);
    assert_eq!(pays(&app, &ada).await, 401);
}

/// If a session or account ends while the password is being checked, no fresh token is issued, or a dead one.
#[tokio::test]
async fn step_01_reauthentication_cannot_outrun_the_end_of_sessions() {
    for (event, step) in [
        ("log-out-all", "before records.replace"),
        ("log-out-all", "after records.replace"),
        ("log-out-all", "after users.find"),
        ("role", "before records.replace"),
        ("role", "after records.replace"),
        ("disable", "before records.replace"),
        ("disable", "after records.replace"),
        ("delete", "before records.replace"),
        ("delete", "after records.replace"),
    ] {
        let faults = Faults::new();
        let app = App::with_faults(&faults).await;
        let token = app.register("ada@example.org").await.is(201).access_token();
        let id = app.id("ada@example.org").await;
        app.after(301);
        let auth = app.auth.clone();
        let happens = async move {
            let users = auth.accounts();
            match event {
                "log-out-all" => auth.logout_all(&id, &ClientInfo::default()).await.unwrap(),
                "role" => users.set_role(&id, auth_tests::Role::Suspended).await.unwrap(),
                "disable" => users.disable(&id).await.unwrap(),
                _ => users.delete(&id).await.unwrap(),
            }
        };
        match step.split_once(' ').unwrap() {
            ("before", method) => faults.next(method).before(happens),
            (_, method) => faults.next(method).after(happens),
        }
        let answer = app.send(again(&token, PASSWORD)).await;
        assert!(faults.is_done(), "{event} {step}");
        let fresh = answer.json().get("access_token").and_then(|token| token.as_str().map(str::to_owned));
        if let Some(fresh) = fresh {
            assert_eq!(pays(&app, &fresh).await, 401, "{event} {step}");
        }
    }
}

#[protected(Fresh::minutes(5) && Has::Mfa)]
async fn pay_with_factor() -> &'static str {
    "paid"
}

/// A session that began with a password and a one-time code, an hour ago, and a token of it.
async fn an_hour_after_two_factors(app: &App) -> (String, String) {
    let login = app.register("ada@example.org").await.is(201);
    app.db
        .run(
            "UPDATE auth_records SET value = replace(value, '\"amr\":[\"pwd\"]', '\"amr\":[\"pwd\",\"otp\",\"mfa\"]'),
                    version = version + 1 WHERE kind LIKE '%.session'",
        )
        .await;
    app.after(3600);
    let tokens = app.refresh(&login.refresh_token()).await.is(200);
    (tokens.access_token(), tokens.refresh_token())
}

#[tokio::test]
async fn m8_password_alone_does_not_refresh_a_two_factor_session() {
    let app = App::new().await;
    let (token, refresh) = an_hour_after_two_factors(&app).await;
    let before = payload(&token);
    let routes: Routes<Auth<User>> = Routes::new().route("/pay", get(pay)).route("/both", get(pay_with_factor));
    let router = routes.into_router().with_state(app.auth.clone());
    Call::get("/both").bearer(&token).send(&router).await.is(401);

    let refused = app.send(again(&token, PASSWORD)).await.is(401);
    assert_eq!(refused.code(), "step_up_required");
    assert_eq!(refused.json()["acr_values"], "mfa", "which factor is needed");
    app.send(again(&token, "not the password")).await.is(422);

    let token = app.refresh(&refresh).await.is(200).access_token();
    assert_eq!(payload(&token)["auth_time"], before["auth_time"]);
    assert_eq!(payload(&token)["amr"], json!(["pwd", "otp", "mfa"]));
    Call::get("/both").bearer(&token).send(&router).await.is(401);
    Call::get("/pay").bearer(&token).send(&router).await.is(401);
}

#[tokio::test]
async fn m8_session_without_auth_time_is_never_fresh() {
    let app = App::new().await;
    let login = app.register("ada@example.org").await.is(201);
    let without = app.db.text("SELECT value FROM auth_records WHERE kind LIKE '%.session'").await;
    let mut session: serde_json::Value = serde_json::from_str(&without).unwrap();
    session.as_object_mut().unwrap().retain(|name, _| name != "a" && name != "amr");
    app.db.run(format!("UPDATE auth_records SET value = '{session}' WHERE kind LIKE '%.session'").leak()).await;
    let token = app.refresh(&login.refresh_token()).await.is(200).access_token();
    assert_eq!(pays(&app, &token).await, 401);
    let always: Routes<Auth<User>> = Routes::new().route("/pay", get(pay_whenever));
    let always = always.into_router().with_state(app.auth.clone());
    Call::get("/pay").bearer(&token).send(&always).await.is(401);
    let token = app.send(again(&token, PASSWORD)).await.is(200).access_token();
    assert_eq!(pays(&app, &token).await, 200);
}

/// Longer than there have been seconds.
#[protected(Fresh::hours(5_000_000_000_000_000))]
async fn pay_whenever() -> &'static str {
    "paid"
}

#[tokio::test]
async fn m8_unknown_amr_methods_are_kept_and_allow_nothing() {
    let app = App::new().await;
    let login = app.register("ada@example.org").await.is(201);
    app.db
        .run(
            "UPDATE auth_records SET value = replace(value, '\"amr\":[\"pwd\"]', '\"amr\":[\"pwd\",\"face\",\"MFA\"]'),
                    version = version + 1 WHERE kind LIKE '%.session'",
        )
        .await;
    let first = app.refresh(&login.refresh_token()).await.is(200);
    app.after(301);
    let second = app.refresh(&first.refresh_token()).await.is(200);
    let third = app.send(again(&second.access_token(), PASSWORD)).await.is(200);
    let fourth = app.refresh(&second.refresh_token()).await.is(200);
    let routes: Routes<Auth<User>> = Routes::new().route("/both", get(pay_with_factor));
    let router = routes.into_router().with_state(app.auth.clone());
    for answer in [first, second, third, fourth] {
        let mut amr: Vec<String> = serde_json::from_value(payload(&answer.access_token())["amr"].clone()).unwrap();
        amr.sort();
        assert_eq!(amr, ["MFA", "face", "pwd"]);
        Call::get("/both").bearer(&answer.access_token()).send(&router).await.is(401);
    }
    let stored = app.db.text("SELECT value FROM auth_records WHERE kind LIKE '%.session'").await;
    assert!(stored.contains("\"face\"") && stored.contains("\"MFA\""), "{stored}");
}
