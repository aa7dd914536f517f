//! `Authorization: Token …`, and the token that a request presents.

use auth::routing::{Routes, get};
use auth::testing::TestApp;
use auth::{AccessToken, Auth, CookieSettings, Secret, protected, public};
use auth_tests::app::{PASSWORD, SECRET};
use auth_tests::users::SCHEMA;
use auth_tests::{App, Call, Database, User};
use serde_json::json;

fn sent(call: Call, scheme: &str, token: &str) -> Call {
    call.header("authorization", format!("{scheme} {token}"))
}

#[tokio::test]
async fn own_scheme_counts_on_every_route_beside_bearer() {
    let app = App::with(|builder| builder.bearer_scheme("Token")).await;
    app.register("ada@example.org").await.is(201);
    for scheme in ["Token", "token", "Bearer"] {
        let (token, _) = app.tokens("ada@example.org").await;
        for path in ["/me", "/claims", "/auth/me", "/auth/sessions"] {
            app.send(sent(Call::get(path), scheme, &token)).await.is(200);
        }
        assert_eq!(app.send(sent(Call::get("/greet"), scheme, &token)).await.is(200).text(), "hello Ada");
        let body = json!({ "password": PASSWORD });
        app.send(sent(Call::post("/auth/reauthenticate"), scheme, &token).json(&body)).await.is(200);
        app.send(sent(Call::post("/auth/logout"), scheme, &token)).await.is(204);
        app.send(sent(Call::get("/claims"), scheme, &token)).await.is(401);
    }
    let challenge = |error: &str| format!("Token realm=\"User\"{error}");
    let answer = app.send(Call::get("/me")).await.is(401);
    assert_eq!(answer.header("www-authenticate"), Some(&*challenge("")));
    let answer = app.send(sent(Call::get("/greet"), "Token", "x")).await.is(401);
    assert_eq!(answer.header("www-authenticate"), Some(&*challenge(", error=\"invalid_token\"")));
    assert_eq!(app.send(sent(Call::get("/greet"), "Basic", "x")).await.is(200).text(), "hello stranger");
}

#[tokio::test]
async fn scheme_that_is_none_refuses_the_start() {
    let db = Database::with(SCHEMA).await;
    for name in ["", "Token:", "two words", "Basic"] {
        let builder = Auth::<User>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
        let refused = builder.bearer_scheme(name).build().await.unwrap_err().to_string();
        assert!(refused.contains(&format!("`bearer_scheme({name:?})`")), "{refused}");
    }
}

#[tokio::test]
async fn client_of_the_test_kit_sends_the_own_scheme() {
    let db = Database::with(SCHEMA).await;
    let builder = Auth::<User>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap()).bearer_scheme("Token");
    let header = async |headers: axum::http::HeaderMap| headers["authorization"].to_str().unwrap().to_owned();
    let app = TestApp::start(builder, |auth| {
        axum::Router::new().route("/", axum::routing::get(header)).with_state(auth.clone())
    })
    .await;
    let member = app.as_role(auth_tests::Role::Member).await;
    assert_eq!(member.get("/").await.expect_status(200).text(), format!("Token {}", member.token()));
}

#[protected]
async fn repeated(token: AccessToken) -> String {
    assert_eq!(format!("{token:?}"), "AccessToken(redacted)");
    token.expose().to_owned()
}

#[public]
async fn perhaps(token: Option<AccessToken>) -> String {
    token.map_or_else(|| "none".to_owned(), |token| token.expose().to_owned())
}

#[public]
async fn unguarded(token: AccessToken) -> String {
    token.expose().to_owned()
}

#[tokio::test]
async fn access_token_is_the_verified_text_that_was_sent() {
    let app = App::with(|builder| builder.bearer_scheme("Token").cookies(CookieSettings::new())).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let routes: Routes<Auth<User>> = Routes::new()
        .route("/repeated", get(repeated).post(repeated))
        .route("/perhaps", get(perhaps))
        .route("/unguarded", get(unguarded));
    let router = routes.into_router().with_state(app.auth.clone());
    let cookie = format!("__Host-user-access={token}");
    for path in ["/repeated", "/perhaps", "/unguarded"] {
        for call in [
            sent(Call::get(path), "Token", &token),
            sent(Call::get(path), "Bearer", &format!(" {token}")),
            Call::get(path).cookie(&cookie),
        ] {
            assert_eq!(call.send(&router).await.is(200).text(), token, "{path}");
        }
        assert_eq!(sent(Call::get(path), "Token", "x.y.z").send(&router).await.is(401).code(), "invalid_token");
        let answer = Call::get(path).send(&router).await;
        if path == "/perhaps" {
            assert_eq!(answer.is(200).text(), "none");
        } else {
            assert_eq!(answer.is(401).code(), "not_signed_in");
        }
    }
    let foreign = Call::post("/repeated").cookie(&cookie).header("sec-fetch-site", "cross-site");
    assert_eq!(foreign.send(&router).await.is(403).code(), "cross_site");
}
