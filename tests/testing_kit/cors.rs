//! A CORS layer around guards, and inside one.

use auth::routing::{Routes, any, get, on};
use auth::testing::{Protection, TestApp, assert_protection};
use auth::{Auth, protected, public, rule};
use auth_tests::{App, Role, User};
use axum::Router;
use axum::http::{HeaderValue, Method};
use axum::response::IntoResponse as _;
use axum::routing::MethodFilter;
use tower_http::cors::{Any, CorsLayer};

type R = Routes<Auth<User>>;

#[protected(Role::Admin)]
async fn admin() {}

#[public]
async fn open() {}

fn routes() -> R {
    Routes::new().route("/live", any(admin)).route("/open", any(open)).route("/posts/{id}", get(admin).delete(admin))
}

fn layers() -> [CorsLayer; 4] {
    let page = HeaderValue::from_static("https://page.example");
    let list = [page.clone(), HeaderValue::from_static("https://other.example")];
    [
        CorsLayer::permissive(),
        CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers(Any),
        CorsLayer::new().allow_origin(page).allow_methods([Method::GET]).allow_credentials(true),
        CorsLayer::new().allow_origin(list),
    ]
}

#[tokio::test]
async fn a_cors_layer_around_the_guards_is_no_deviation() {
    let app = App::new().await;
    for cors in layers() {
        let router = routes().into_router().with_state(app.auth.clone()).layer(cors);
        assert_protection(&routes().table(), &TestApp::new(&app.auth, router)).await;
    }
}

/// What a browser sends first is refused like everything else, as the table says: documented, and of no use to anybody.
#[tokio::test]
async fn cors_layer_inside_a_guard_sees_no_preflight() {
    let app = App::new().await;
    let inside = || {
        let service = Router::new().route("/{*path}", axum::routing::get(async || "in")).layer(CorsLayer::permissive());
        R::new().nest_service("/files", app.auth.require(rule!(Role::Admin)), service)
    };
    let router = inside().into_router().with_state(app.auth.clone());
    let test = TestApp::new(&app.auth, router);
    assert_protection(&inside().table(), &test).await;
    let preflight = test.anonymous().request(Method::OPTIONS, "/files/a");
    let answer =
        preflight.header("origin", "https://page.example").header("access-control-request-method", "GET").await;
    assert_eq!(answer.status, 401);
    assert!(answer.header("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn options_route_hidden_by_cors_layer_gets_advice() {
    let app = App::new().await;
    let routes = || R::new().route("/posts", on(MethodFilter::OPTIONS, admin));
    let router = routes().into_router().with_state(app.auth.clone()).layer(CorsLayer::permissive());
    let found = Protection::of(&routes().table()).deviations(&TestApp::new(&app.auth, router)).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].observed.contains("a CORS layer, which answers every `OPTIONS` before the route"), "{found:?}");
}

/// Only the empty answer of a CORS layer is let through.
#[tokio::test]
async fn handler_imitating_a_cors_layer_is_reported() {
    let app = App::new().await;
    for body in ["", "everything"] {
        let headers = if body.is_empty() { [("allow", "GET")] } else { [("access-control-allow-origin", "*")] };
        let unguarded = async move || (headers, body).into_response();
        let router = routes().into_router().with_state(app.auth.clone());
        let router = Router::new()
            .route("/live", axum::routing::options(unguarded).get(axum::routing::any_service(router.clone())))
            .fallback_service(router);
        let found = Protection::of(&routes().table()).deviations(&TestApp::new(&app.auth, router)).await;
        assert!(found.iter().any(|deviation| deviation.route == "OPTIONS /live"), "{found:?}");
    }
}
