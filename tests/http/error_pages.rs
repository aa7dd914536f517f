//! The application's error format, for errors of the library and for those that its handlers return.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::routing::{Routes, get};
use auth::{Auth, AuthBuilder, AuthError, check, protected, public, rule};
use auth_tests::{App, Call, User};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;

/// The API's own format: `{"error": code}`, and nothing else.
fn own_format(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    builder.on_error(|error, parts, answer| {
        let asked = format!("{} {}", parts.method, parts.uri.path());
        let default = answer.status().as_u16();
        (error.status(), Json(json!({ "error": error.code(), "asked": asked, "default": default }))).into_response()
    })
}

#[public]
async fn busy() -> Result<(), AuthError> {
    Err(AuthError::Busy { retry_after: Duration::from_millis(6_500) })
}

#[protected]
async fn denied() -> Result<(), AuthError> {
    Err(AuthError::Denied { code: "no_credit", message: "pay first".to_owned() })
}

/// An error of the application, as most have one.
enum Problem {
    Auth(AuthError),
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self::Auth(error) = self;
        ([("x-problem", "1")], error).into_response()
    }
}

#[public]
async fn wrapped() -> Result<(), Problem> {
    Err(AuthError::InvalidCredentials)?;
    Ok(())
}

/// An extractor of the application.
struct Tenant;

impl<S: Sync> FromRequestParts<S> for Tenant {
    type Rejection = AuthError;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, AuthError> {
        Err(AuthError::NotFound)
    }
}

#[public]
async fn of_tenant(_: Tenant) {}

#[public]
async fn anywhere() -> Result<(), AuthError> {
    Err(AuthError::NotFound)
}

fn routes() -> Routes<Auth<User>> {
    Routes::new()
        .route("/busy", get(busy))
        .route("/denied", get(denied))
        .route("/wrapped", get(wrapped).any(wrapped))
        .route("/tenant", get(of_tenant))
        .fallback(anywhere)
}

#[tokio::test]
async fn page_answers_what_handlers_return_and_headers_stay() {
    let app = App::with(own_format).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let router = Routes::new().nest("/api", routes()).into_router().with_state(app.auth.clone());
    let send = async |call: Call| call.send(&router).await;
    let own = |code: &str, asked: &str, default: u16| json!({ "error": code, "asked": asked, "default": default });

    let answer = send(Call::get("/api/busy")).await.is(503);
    assert_eq!(answer.json(), own("busy", "GET /api/busy", 503));
    assert_eq!((answer.header("retry-after"), answer.header("cache-control")), (Some("7"), Some("no-store")));
    let answer = send(Call::get("/api/denied").bearer(&token)).await.is(403);
    assert_eq!(answer.json(), own("no_credit", "GET /api/denied", 403));
    for call in [Call::get("/api/wrapped"), Call::post("/api/wrapped")] {
        let answer = send(call).await.is(401);
        assert_eq!(answer.json()["error"], "invalid_credentials");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"User\""), "the handle's own realm");
    }
    assert_eq!(send(Call::get("/api/tenant")).await.is(404).json(), own("not_found", "GET /api/tenant", 404));
    assert_eq!(send(Call::get("/api/elsewhere")).await.is(404).json()["error"], "not_found");
    // What the library says itself, and what is no error of it.
    let answer = send(Call::get("/api/denied")).await.is(401);
    assert_eq!(answer.json(), own("not_signed_in", "GET /api/denied", 401));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"User\""));
}

#[tokio::test]
async fn without_a_page_errors_of_handlers_stay_problem_documents() {
    let app = App::new().await;
    let router = routes().into_router().with_state(app.auth.clone());
    let answer = Call::get("/wrapped").send(&router).await.is(401);
    assert_eq!((answer.code().as_str(), answer.header("x-problem")), ("invalid_credentials", Some("1")));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"User\""));
    assert_eq!(Call::get("/busy").send(&router).await.is(503).header("retry-after"), Some("7"));
}

#[tokio::test]
async fn page_is_asked_once_for_an_error() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let app = App::with(|builder| {
        builder.on_error(move |error, parts, _| {
            noted.lock().unwrap().push(format!("{} {}", parts.uri.path(), error.code()));
            // Another error of ours in its place, which must not be asked about.
            AuthError::NotFound.into_response()
        })
    })
    .await;
    let layered = routes().require(app.auth.require(rule!()));
    let router = Routes::new().merge(layered).into_router().with_state(app.auth.clone());
    let token = app.register("ada@example.org").await.is(201).access_token();
    Call::get("/busy").send(&router).await.is(404);
    Call::get("/busy").bearer(&token).send(&router).await.is(404);
    assert_eq!(*asked.lock().unwrap(), ["/busy not_signed_in", "/busy busy"]);
}

#[tokio::test]
async fn page_answers_errors_behind_a_layer_around_plain_routers() {
    let app = App::with(own_format).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let plain = async || AuthError::StillReferenced("an invoice".into());
    let router = Router::new().route("/plain", axum::routing::get(plain)).layer(app.auth.require(rule!()));
    let answer = Call::get("/plain").bearer(&token).send(&router).await.is(409);
    assert_eq!(answer.json()["error"], "still_referenced");
}

#[check]
async fn paid() -> Result<bool, AuthError> {
    Err(AuthError::Denied { code: "no_credit", message: "pay first".to_owned() })
}

#[protected(paid)]
async fn for_members() {}

#[tokio::test]
async fn page_answers_errors_of_checks_in_handlers_and_layers() {
    let app = App::with(own_format).await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let plain = Router::new().route("/layer", axum::routing::get(async || {}));
    let routes: Routes<Auth<User>> = Routes::new().route("/handler", get(for_members));
    let router = routes.into_router().with_state(app.auth.clone());
    let router = router.merge(plain.layer(app.auth.require(rule!(paid))));
    let without_routes = Router::new().route("/plain", axum::routing::get(for_members));
    let router = router.merge(without_routes.with_state(app.auth.clone()));
    for path in ["/handler", "/layer", "/plain"] {
        let answer = Call::get(path).bearer(&token).send(&router).await.is(403);
        assert_eq!(answer.json()["error"], "no_credit", "{path}");
    }
}

#[tokio::test]
async fn page_may_change_the_answer_that_would_be_sent() {
    let app = App::with(|builder| {
        builder.on_error(|_, _, mut answer| {
            answer.headers_mut().insert("x-request", "17".parse().unwrap());
            answer.headers_mut().insert("cache-control", "private".parse().unwrap());
            answer
        })
    })
    .await;
    let answer = app.send(Call::get("/me")).await.is(401);
    assert_eq!((answer.code().as_str(), answer.header("x-request")), ("not_signed_in", Some("17")));
    assert_eq!(answer.header("cache-control"), Some("private"), "the page decides");
    let expected = Some(Duration::from_secs(2));
    assert_eq!(AuthError::unavailable("away").retry_after(), expected);
    assert_eq!(AuthError::Forbidden.retry_after(), None);
}
