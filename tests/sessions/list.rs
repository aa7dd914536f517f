//! `GET /sessions`, `DELETE /sessions/{id}`.

use std::net::SocketAddr;

use auth_tests::app::PASSWORD;
use auth_tests::{App, Call, payload};
use axum::Extension;
use axum::extract::ConnectInfo;
use serde_json::{Value, json};

async fn list(app: &App, token: &str) -> Vec<Value> {
    app.get("/auth/sessions", token).await.is(200).json().as_array().unwrap().clone()
}

#[tokio::test]
async fn session_list_shows_devices_and_the_current_session() {
    let app = App::new().await;
    app.user("ada@example.org").await;
    app.auth.accounts().end_sessions(&1).await.unwrap();
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let agent = "Browser/1.0\u{9}(x)".to_owned() + &"y".repeat(300);
    let address: SocketAddr = "[::ffff:192.0.2.7]:4000".parse().unwrap();
    let router = app.router.clone().layer(Extension(ConnectInfo(address)));
    let login = Call::post("/auth/login").json(&body).header("user-agent", &agent).header("x-forwarded-for", "9.9.9.9");
    let phone = login.send(&router).await.is(200);
    app.after(60);
    let desk = app.login("ada@example.org", PASSWORD).await.is(200);
    app.after(60);

    let answer = app.get("/auth/sessions", &phone.access_token()).await.is(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let listed = list(&app, &phone.access_token()).await;
    let sid = |token: &str| payload(token)["sid"].clone();
    assert_eq!(
        listed,
        [
            json!({
                "id": sid(&desk.access_token()), "created_at": "2027-01-15T08:01:00Z",
                "last_used_at": "2027-01-15T08:01:00Z", "expires_at": "2027-02-14T08:01:00Z",
                "ip": null, "user_agent": null, "current": false,
            }),
            json!({
                "id": sid(&phone.access_token()), "created_at": "2027-01-15T08:00:00Z",
                "last_used_at": "2027-01-15T08:00:00Z", "expires_at": "2027-02-14T08:00:00Z",
                "ip": "192.0.2.7", "user_agent": agent.replace('\t', "").chars().take(256).collect::<String>(),
                "current": true,
            }),
        ],
        "http_16: no forwarding header is believed"
    );

    app.refresh(&phone.refresh_token()).await.is(200);
    let listed = list(&app, &phone.access_token()).await;
    assert_eq!(
        (&listed[0]["id"], &listed[0]["last_used_at"]),
        (&sid(&phone.access_token()), &json!("2027-01-15T08:02:00Z"))
    );
    assert_eq!(listed[0]["created_at"], "2027-01-15T08:00:00Z");
}

#[tokio::test]
async fn one_session_of_the_list_can_be_ended() {
    let app = App::new().await;
    let here = app.register("ada@example.org").await.is(201);
    let there = app.login("ada@example.org", PASSWORD).await.is(200);
    let id = payload(&there.access_token())["sid"].as_str().unwrap().to_owned();
    let end = || Call::delete(&format!("/auth/sessions/{id}"));
    app.send(end()).await.is(401);
    app.send(end().bearer(&here.access_token())).await.is(204);
    app.get("/me", &there.access_token()).await.is(401);
    app.refresh(&there.refresh_token()).await.is(401);
    assert_eq!(app.send(end().bearer(&here.access_token())).await.is(404).code(), "not_found");
    assert_eq!(list(&app, &here.access_token()).await.len(), 1);

    let own = payload(&here.access_token())["sid"].as_str().unwrap().to_owned();
    app.send(Call::delete(&format!("/auth/sessions/{own}")).bearer(&here.access_token())).await.is(204);
    app.get("/auth/sessions", &here.access_token()).await.is(401);
}

#[tokio::test]
async fn rev_04_session_of_another_user_is_404() {
    let app = App::new().await;
    let ada = app.register("ada@example.org").await.is(201);
    let eve = app.register("eve@example.org").await.is(201);
    let id = payload(&ada.access_token())["sid"].as_str().unwrap().to_owned();
    let end = |id: &str| Call::delete(&format!("/auth/sessions/{id}")).bearer(&eve.access_token());
    let others = app.send(end(&id)).await.is(404);
    let nobodys = app.send(end(&"A".repeat(43))).await.is(404);
    assert_eq!(others.text(), nobodys.text());
    for text in ["x", "1", "%00", "..%2f..", &format!("{id}A"), &"%F0".repeat(3)] {
        assert_eq!(app.send(end(text)).await.is(404).text(), nobodys.text(), "{text}");
    }
    app.get("/me", &ada.access_token()).await.is(200);
    app.refresh(&ada.refresh_token()).await.is(200);
    assert!(list(&app, &eve.access_token()).await.iter().all(|session| session["id"] != id));
}

#[tokio::test]
async fn sessions_that_ended_or_expired_are_not_listed() {
    let app = App::new().await;
    app.user("ada@example.org").await;
    app.after(29 * 24 * 60 * 60);
    let (ended, _) = app.tokens("ada@example.org").await;
    app.logout(&ended).await.is(204);
    let (live, _) = app.tokens("ada@example.org").await;
    assert_eq!(list(&app, &live).await.len(), 2);
    app.after(24 * 60 * 60);
    let (live, _) = app.tokens("ada@example.org").await;
    let listed = list(&app, &live).await;
    assert_eq!(listed.len(), 2, "the one of the sign-up has expired, though nobody purged it");
    app.change_password(&live, PASSWORD, "another good password").await.is(204);
    let listed = list(&app, &live).await;
    assert_eq!((listed.len(), &listed[0]["current"]), (1, &json!(true)));
}

#[tokio::test]
async fn ref_20_login_beyond_limit_ends_least_recently_used_session() {
    let app = App::with(|builder| builder.sessions_per_user(3)).await;
    app.user("ada@example.org").await;
    app.auth.accounts().end_sessions(&1).await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..3 {
        sessions.push(app.tokens("ada@example.org").await);
        app.after(60);
    }
    // The oldest session has just been used, so another one is ended.
    let refreshed = app.refresh(&sessions[0].1).await.is(200);
    app.events();
    let (fourth, _) = app.tokens("ada@example.org").await;
    app.get("/me", &refreshed.access_token()).await.is(200);
    app.get("/me", &sessions[1].0).await.is(401);
    app.refresh(&sessions[1].1).await.is(401);
    app.get("/me", &sessions[2].0).await.is(200);
    assert_eq!(list(&app, &fourth).await.len(), 3);
    let ended = app.events().into_iter().filter(|event| matches!(event, auth::event::EventKind::SessionEnded { .. }));
    assert_eq!(ended.count(), 1);
}

#[tokio::test]
async fn ref_20_concurrent_logins_beyond_limit_end_oldest_sessions() {
    let app = App::with(|builder| builder.sessions_per_user(3)).await;
    app.user("ada@example.org").await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    auth_tests::together(&app.router, (0..16).map(|_| Call::post("/auth/login").json(&body))).await;
    // Concurrent logins may have chosen the same five sessions; later logins end the rest.
    for _ in 0..3 {
        app.after(1);
        app.tokens("ada@example.org").await;
    }
    app.after(1);
    let (token, _) = app.tokens("ada@example.org").await;
    assert_eq!(list(&app, &token).await.len(), 3);
}
