//! Attempts to reach a service past its layer: other spellings, other methods, other routes.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth::routing::{Routes, get};
use auth::{Auth, public, rule};
use auth_tests::{App, Call, Role, User};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use tower::service_fn;

#[public]
async fn open() -> &'static str {
    "open"
}

/// A service at a path, below a path and as fallbacks, next to a public route.
fn router(app: &App, calls: &Arc<AtomicUsize>) -> Router {
    let calls = Arc::clone(calls);
    let service = service_fn(move |_: Request| {
        calls.fetch_add(1, Ordering::SeqCst);
        async { Ok::<_, Infallible>(Response::new(Body::empty())) }
    });
    let admins = || app.auth.require(rule!(Role::Admin));
    let inner: Routes<Auth<User>> =
        Routes::new().route("/open", get(open)).nest_service("/", admins(), service.clone());
    let routes: Routes<Auth<User>> = Routes::new()
        .route("/open", get(open))
        .service("/one", admins(), service.clone())
        .nest_service("/files/", admins(), service.clone())
        .nest("/inner", inner)
        .nest_service("/", admins(), service);
    routes.into_router().with_state(app.auth.clone())
}

#[tokio::test]
async fn mac_04_no_spelling_or_method_bypasses_a_service_layer() {
    let app = App::new().await;
    let member = app.register("ada@example.org").await.is(201).access_token();
    let calls = Arc::new(AtomicUsize::new(0));
    let router = router(&app, &calls);
    for path in [
        "/one",
        "/one/",
        "//one",
        "/%6fne",
        "/files",
        "/files/",
        "/files//",
        "/files/a",
        "/files/%2e%2e/one",
        "/files/../one",
        "/FILES/a",
        "/files;a/b",
        "/inner",
        "/inner/",
        "/inner/x",
        "/inner//open",
        "/inner/open/",
        "/inner/%6fpen",
        "/open/",
        "//open",
        "/",
        "/%00",
        "*",
        "/*",
        "/inner/*",
    ] {
        for method in ["GET", "HEAD", "POST", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"] {
            let call = || Call::new(method.parse().unwrap(), path);
            let nobody = call().send(&router).await.status.as_u16();
            let somebody = call().bearer(&member).send(&router).await.status.as_u16();
            assert!(
                matches!((nobody, somebody), (401, 403) | (404, 404) | (405, 405)),
                "{method} {path}: {nobody} {somebody}"
            );
        }
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    // A method without a handler does not reach a service.
    Call::post("/open").send(&router).await.is(405);
    Call::get("/inner/open").send(&router).await.is(200);
}
