//! `TestApp`: calls without a socket, by whoever the test wants.

use std::sync::Arc;
use std::time::Duration;

use auth::routing::{Routes, get, post};
use auth::testing::TestApp;
use auth::{Auth, AuthBuilder, ClientInfo, Fresh, Has, Secret, TrustedProxies, protected, public};
use auth_tests::app::{SECRET, routes};
use auth_tests::users::SCHEMA;
use auth_tests::{Database, Role, User};
use axum::http::Request;
use axum::{Extension, Json};
use serde_json::{Value, json};

#[protected(Fresh::minutes(5))]
async fn pay() -> &'static str {
    "paid"
}

#[protected(Has::Mfa)]
async fn vault() -> &'static str {
    "gold"
}

#[protected]
async fn echo(Json(value): Json<Value>) -> Json<Value> {
    Json(value)
}

async fn app() -> TestApp<User> {
    let db = Arc::new(Database::with(SCHEMA).await);
    let builder = Auth::<User>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    TestApp::start(builder, |auth| {
        let routes =
            routes(auth).route("/pay", post(pay)).route("/vault", get(vault)).route("/echo", post(echo).put(echo));
        // The file goes when the router does.
        routes.into_router().with_state(auth.clone()).layer(Extension(db))
    })
    .await
}

#[tokio::test]
async fn test_user_is_stored_with_its_role() {
    let app = app().await;
    let admin = app.as_role(Role::Admin).await;
    let row = admin.user().unwrap();
    assert_eq!(row.role, Role::Admin);
    assert_eq!(admin.get("/admin/row").await.expect_status(200).text(), format!("admin {}", row.id));
    assert_eq!(admin.get("/admin/live").await.expect_status(200).text(), "live");
    assert_ne!(app.create_user(Role::Admin).await.id, row.id, "each call makes another");
    app.as_role(Role::Editor).await.get("/stats").await.expect_status(403);
}

#[public]
async fn whence(client: ClientInfo) -> String {
    client.ip.map_or_else(|| "nowhere".to_owned(), |ip| ip.to_string())
}

#[tokio::test]
async fn client_comes_from_the_address_that_it_is_given() {
    let db = Database::with(SCHEMA).await;
    let start = async |builder: AuthBuilder<User>| {
        let routes = || Routes::new().route("/whence", get(whence));
        TestApp::start(builder, |auth| routes().into_router().with_state(auth.clone())).await
    };
    let builder = || Auth::<User>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    let app = start(builder()).await;
    assert_eq!(app.anonymous().get("/whence").await.expect_status(200).text(), "nowhere");
    for ip in ["192.0.2.7", "2001:db8::7"] {
        assert_eq!(app.anonymous().with_ip(ip).get("/whence").await.expect_status(200).text(), ip);
        let member = app.as_role(Role::Member).await.with_ip(ip);
        assert_eq!(member.get("/whence").await.expect_status(200).text(), ip);
    }
    let proxied = start(builder().trusted_proxies(TrustedProxies::networks(["10.0.0.0/8"]))).await;
    let request = proxied.anonymous().with_ip("10.0.0.1").get("/whence").header("x-forwarded-for", "192.0.2.9");
    assert_eq!(request.await.expect_status(200).text(), "192.0.2.9");
}

#[tokio::test]
async fn anonymous_client_sends_no_token() {
    let app = app().await;
    assert_eq!(app.anonymous().get("/me").await.expect_status(401).code(), "not_signed_in");
    assert_eq!(app.anonymous().get("/greet").await.expect_status(200).text(), "hello stranger");
    assert!(app.anonymous().user().is_none());
    assert_eq!(app.anonymous().get("/nowhere").await.expect_status(404).code(), "");
}

#[tokio::test]
async fn sign_up_can_be_given_instead_of_guessed() {
    let app = app().await.sign_up_with(|login| auth_tests::UserRegistration {
        email: login.to_owned(),
        display_name: "Grace".to_owned(),
    });
    let user = app.create_user(Role::Member).await;
    assert_eq!(app.as_user(&user).get("/me").await.expect_status(200).text(), "hello Grace");
}

#[tokio::test]
async fn bad_tokens_are_refused_for_what_they_are() {
    let app = app().await;
    let user = app.create_user(Role::Admin).await;
    for client in [
        app.with_expired_token(&user),
        app.with_revoked_token(&user),
        app.with_forged_token(&user),
        app.with_refresh_token(&user),
    ] {
        assert_eq!(client.get("/claims").await.expect_status(401).code(), "invalid_token", "{}", client.token());
    }
    app.as_user(&user).get("/claims").await.expect_status(200);
}

/// Each bad token is bad in one way only: with that undone, it is good.
#[tokio::test]
async fn bad_tokens_are_good_but_for_one_thing() {
    let app = app().await;
    let user = app.create_user(Role::Admin).await;
    let (good, forged) = (app.as_user(&user), app.with_forged_token(&user));
    let header = |token: &str| token.split('.').next().unwrap().to_owned();
    assert_eq!(header(good.token()), header(forged.token()), "the key id is ours");
    assert_eq!(forged.token().split('.').count(), 3);
    let (expired, fresh) =
        (auth_tests::payload(app.with_expired_token(&user).token()), auth_tests::payload(good.token()));
    let age = |payload: &Value| fresh["iat"].as_u64().unwrap() - payload["iat"].as_u64().unwrap();
    assert_eq!(age(&expired), 15 * 60 + 5, "to the second: lifetime and leeway");
    assert_eq!(expired["sub"], fresh["sub"]);
}

#[tokio::test]
async fn revoked_client_loses_one_session_and_not_the_user() {
    let app = app().await;
    let user = app.create_user(Role::Member).await;
    let here = app.as_user(&user);
    app.with_revoked_token(&user).get("/me").await.expect_status(401);
    here.get("/me").await.expect_status(200);
    here.post("/auth/logout").await.expect_status(204);
    here.get("/me").await.expect_status(401);
    app.as_user(&user).get("/me").await.expect_status(200);
}

#[tokio::test]
async fn client_created_before_a_role_change_is_refused() {
    let app = app().await;
    let user = app.create_user(Role::Member).await;
    let before = app.as_user(&user);
    app.auth().accounts().set_role(&user.id, Role::Admin).await.unwrap();
    assert_eq!(before.get("/claims").await.expect_status(401).code(), "invalid_token");
    let user = app.auth().accounts().find(&user.id).await.unwrap().unwrap();
    app.as_user(&user).get("/stats").await.expect_status(200);
}

#[tokio::test]
async fn the_clock_moves_when_it_is_moved() {
    let app = app().await;
    let member = app.as_role(Role::Member).await;
    app.advance(Duration::from_secs(15 * 60 + 4));
    member.get("/me").await.expect_status(200);
    app.advance(Duration::from_secs(1));
    member.get("/me").await.expect_status(401);
}

#[tokio::test]
async fn step_up_can_be_had_and_lacked() {
    let app = app().await;
    let member = app.as_role(Role::Member).await;
    member.post("/pay").await.expect_status(200);
    let stale = app.as_user(member.user().unwrap()).authenticated_ago(Duration::from_mins(5));
    assert_eq!(stale.post("/pay").await.expect_status(401).code(), "step_up_required");
    assert_eq!(member.get("/vault").await.expect_status(401).code(), "step_up_required");
    assert_eq!(member.with_mfa().get("/vault").await.expect_status(200).text(), "gold");
}

#[tokio::test]
async fn cookies_are_sent_as_from_an_own_page() {
    let app = app().await;
    let member = app.as_role(Role::Member).await.with_cookies();
    member.get("/me").await.expect_status(200);
    assert_eq!(member.post("/echo").json(&json!([1])).await.expect_status(200).json::<Value>(), json!([1]));
    let foreign = member.post("/echo").header("sec-fetch-site", "cross-site").json(&json!([1]));
    foreign.await.expect_status(403);
    app.anonymous().with_cookies().get("/me").await.expect_status(401);
}

#[tokio::test]
async fn requests_are_what_the_test_makes_them() {
    let app = app().await;
    let member = app.as_role(Role::Member).await;
    let made = Request::put("/echo").header("content-type", "application/json").body("{\"a\":1}").unwrap();
    assert_eq!(member.execute(made).await.expect_status(200).json::<Value>()["a"], 1);
    assert_eq!(member.put("/echo").body("text/plain", "{}").await.expect_status(415).code(), "");
    let head = member.request("HEAD".parse().unwrap(), "/me").await.expect_status(200);
    assert!(head.body.is_empty());
    assert_eq!(member.get("/me").await.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[tokio::test]
#[should_panic(expected = "expected 200, got 401 Unauthorized: {\"type\":\"about:blank\"")]
async fn a_status_that_was_not_expected_shows_the_answer() {
    app().await.anonymous().get("/me").await.expect_status(200);
}

#[tokio::test]
#[should_panic(expected = "begin with `TestApp::start`")]
async fn advancing_a_foreign_clock_fails_loudly() {
    let app = auth_tests::App::new().await;
    TestApp::new(&app.auth, Routes::<()>::new().into_router()).advance(Duration::from_secs(1));
}
