//! `POST /refresh`: the ratchet turns, a repeated request does not turn it again, and claims are read anew.

use std::collections::HashSet;
use std::time::Duration;

use auth::event::EventKind;
use auth_tests::app::PASSWORD;
use auth_tests::{App, Call, Role, payload, together};
use serde_json::json;

const DAY: u64 = 24 * 60 * 60;

fn call(token: &str) -> Call {
    Call::post("/auth/refresh").json(&json!({ "refresh_token": token }))
}

#[tokio::test]
async fn ref_03_refresh_returns_a_new_pair_and_spends_the_old() {
    let app = App::new().await;
    let first = app.register("ada@example.org").await.is(201);
    app.after(60);
    let second = app.refresh(&first.refresh_token()).await.is(200);
    let json = second.json();
    let members: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "expires_in", "refresh_token", "token_type"]);
    assert_eq!(second.header("cache-control"), Some("no-store"));
    assert_ne!(first.refresh_token(), second.refresh_token());
    assert_ne!(first.access_token(), second.access_token());
    app.get("/me", &second.access_token()).await.is(200);
    app.get("/me", &first.access_token()).await.is(200);
    let (old, new) = (payload(&first.access_token()), payload(&second.access_token()));
    assert_eq!(old["sid"], new["sid"]);
    assert_ne!(old["jti"], new["jti"]);
}

#[tokio::test]
async fn spent_token_yields_same_successor_within_grace_window() {
    let app = App::new().await;
    let parent = app.register("ada@example.org").await.is(201).refresh_token();
    app.after(60);
    let child = app.refresh(&parent).await.is(200).refresh_token();
    app.after(9);
    assert_eq!(app.refresh(&parent).await.is(200).refresh_token(), child);
    assert_eq!(app.refresh(&child).await.is(200).refresh_token(), child, "too young to turn again");
    app.after(1);
    let grandchild = app.refresh(&child).await.is(200).refresh_token();
    assert_ne!(grandchild, child);
}

#[tokio::test]
async fn first_refresh_token_is_rotated_at_once() {
    let app = App::new().await;
    let parent = app.register("ada@example.org").await.is(201).refresh_token();
    let child = app.refresh(&parent).await.is(200).refresh_token();
    assert_ne!(parent, child);
    assert_eq!(app.refresh(&parent).await.is(200).refresh_token(), child);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ref_05_concurrent_refreshes_share_one_successor() {
    let app = App::new().await;
    let parent = app.register("ada@example.org").await.is(201).refresh_token();
    app.after(60);
    app.events();
    let answers = together(&app.router, (0..64).map(|_| call(&parent))).await;
    let children: HashSet<String> = answers.into_iter().map(|answer| answer.is(200).refresh_token()).collect();
    assert_eq!(children.len(), 1);
    let rotated = |event: &EventKind| matches!(event, EventKind::Refreshed { rotated: true, .. });
    assert_eq!(app.events().iter().filter(|event| rotated(event)).count(), 1);
    app.after(60);
    let child = children.into_iter().next().unwrap();
    app.refresh(&child).await.is(200);
    assert_eq!(app.db.count("SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ref_05_two_tabs_refreshing_at_once_stay_signed_in() {
    let app = App::new().await;
    let parent = app.register("ada@example.org").await.is(201).refresh_token();
    app.after(60);
    let child = app.refresh(&parent).await.is(200).refresh_token();
    let calls = (0..32).map(|n| call(if n % 2 == 0 { &parent } else { &child }));
    for answer in together(&app.router, calls).await {
        assert_eq!(answer.is(200).refresh_token(), child);
    }
}

#[tokio::test]
async fn ref_06_without_grace_a_token_is_good_once() {
    let app = App::with(|builder| builder.refresh_grace(Duration::ZERO)).await;
    let parent = app.register("ada@example.org").await.is(201).refresh_token();
    let child = app.refresh(&parent).await.is(200).refresh_token();
    let grandchild = app.refresh(&child).await.is(200).refresh_token();
    assert_ne!(child, grandchild);
    app.refresh(&child).await.is(401);
    app.refresh(&grandchild).await.is(401);
}

#[tokio::test]
async fn ref_09_a_session_ends_when_nobody_uses_it() {
    let app = App::with(|builder| builder.session_idle_timeout(Duration::from_hours(7 * 24))).await;
    let token = app.register("ada@example.org").await.is(201).refresh_token();
    app.after(7 * DAY - 1);
    let token = app.refresh(&token).await.is(200).refresh_token();
    app.after(7 * DAY);
    assert_eq!(app.refresh(&token).await.is(401).code(), "invalid_refresh_token");
}

#[tokio::test]
async fn ref_08_session_in_daily_use_ends_at_max_lifetime() {
    let month = Duration::from_hours(30 * 24);
    let app = App::with(|builder| builder.session_idle_timeout(month).session_max_lifetime(month)).await;
    let mut token = app.register("ada@example.org").await.is(201).refresh_token();
    for _ in 0..29 {
        app.after(DAY);
        token = app.refresh(&token).await.is(200).refresh_token();
    }
    app.after(DAY - 1);
    token = app.refresh(&token).await.is(200).refresh_token();
    app.after(1);
    app.refresh(&token).await.is(401);
}

#[tokio::test]
async fn default_session_limits_are_30_days_idle_90_total() {
    let app = App::new().await;
    let mut token = app.register("ada@example.org").await.is(201).refresh_token();
    for _ in 0..3 {
        app.after(30 * DAY - 1);
        token = app.refresh(&token).await.is(200).refresh_token();
    }
    app.after(3);
    app.refresh(&token).await.is(401);
}

#[tokio::test]
async fn ref_10_access_and_refresh_tokens_are_not_interchangeable() {
    let app = App::new().await;
    let answer = app.register("ada@example.org").await.is(201);
    let as_bearer = app.get("/me", &answer.refresh_token()).await.is(401);
    assert_eq!(as_bearer.code(), "invalid_token");
    assert_eq!(app.refresh(&answer.access_token()).await.is(401).code(), "invalid_refresh_token");
    app.get("/me", &answer.access_token()).await.is(200);
    app.refresh(&answer.refresh_token()).await.is(200);
}

#[tokio::test]
async fn ref_12_roles_and_claims_are_those_of_the_row_now() {
    let app = App::new().await;
    let id = app.user("ada@example.org").await;
    app.auth.accounts().set_role(&id, Role::Admin).await.unwrap();
    let (access, refresh) = app.tokens("ada@example.org").await;
    app.get("/stats", &access).await.is(200);
    // Written to the table directly, without a call of `changed`.
    app.db.run("UPDATE users SET role = 'member', display_name = 'Countess'").await;
    let next = app.refresh(&refresh).await.is(200).access_token();
    app.get("/stats", &next).await.is(403);
    assert_eq!(
        (payload(&next)["role"].as_str(), payload(&next)["display_name"].as_str()),
        (Some("member"), Some("Countess"))
    );
}

#[tokio::test]
async fn ref_11_who_is_disabled_or_deleted_refreshes_nothing() {
    for change in ["UPDATE users SET is_active = FALSE", "DELETE FROM users"] {
        let app = App::new().await;
        let token = app.register("ada@example.org").await.is(201).refresh_token();
        app.db.run(change).await;
        assert_eq!(app.refresh(&token).await.is(401).code(), "invalid_refresh_token", "{change}");
    }
}

#[tokio::test]
async fn ref_13_refresh_keeps_auth_time_and_amr() {
    let app = App::new().await;
    app.user("ada@example.org").await;
    let login = app.login("ada@example.org", PASSWORD).await.is(200);
    let first = payload(&login.access_token());
    let mut token = login.refresh_token();
    for _ in 0..5 {
        app.after(DAY);
        let answer = app.refresh(&token).await.is(200);
        let claims = payload(&answer.access_token());
        assert_eq!((&claims["auth_time"], &claims["amr"]), (&first["auth_time"], &first["amr"]));
        assert_eq!(claims["amr"], json!(["pwd"]));
        assert_ne!(claims["iat"], first["iat"]);
        token = answer.refresh_token();
    }
}

#[tokio::test]
async fn malformed_refresh_tokens_are_all_refused_alike() {
    let app = App::new().await;
    let good = app.register("ada@example.org").await.is(201).refresh_token();
    let padded = format!("{good}==");
    for text in
        ["", " ", "x", &good[..63], &padded, &format!(" {good}"), &good.replace(&good[..1], "*"), &"A".repeat(64)]
    {
        let answer = app.refresh(text).await.is(401);
        assert_eq!(answer.code(), "invalid_refresh_token", "{text}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"User\""));
    }
    assert_eq!(app.send(Call::post("/auth/refresh")).await.is(401).code(), "invalid_refresh_token");
    assert_eq!(app.send(Call::post("/auth/refresh").bearer(&good)).await.is(401).code(), "invalid_refresh_token");
    let scope = json!({ "refresh_token": good, "scope": "admin" });
    app.send(Call::post("/auth/refresh").json(&scope)).await.is(422);
    app.refresh(&good).await.is(200);
}
