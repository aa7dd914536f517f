//! Routes behind layers, services and fallbacks: called like all others, and no service is entered.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth::routing::{Routes, any, get, on};
use auth::testing::{Protection, TestApp, assert_protection};
use auth::{Auth, Fresh, check, protected, public, rule};
use auth_tests::{App, Role, User};
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::MethodFilter;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

type R = Routes<Auth<User>>;

#[public]
async fn open() {}

#[protected(Role::Editor, hidden)]
async fn draft() {}

#[protected(Fresh::minutes(5))]
async fn pay() {}

#[check]
async fn is_open() -> bool {
    panic!("a probe asks no check")
}

fn files(entered: &Arc<AtomicUsize>) -> BoxCloneSyncService<Request, Response, Infallible> {
    let entered = Arc::clone(entered);
    BoxCloneSyncService::new(service_fn(move |_: Request| {
        entered.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(Response::new(Body::empty())))
    }))
}

fn behind(auth: &Auth<User>, entered: &Arc<AtomicUsize>) -> R {
    Routes::new()
        .route("/open", on(MethodFilter::GET.or(MethodFilter::POST), open))
        .route("/draft", get(draft))
        .route("/pay", any(pay).get(open))
        .service("/rpc/{*method}", auth.require(rule!(Role::Editor || is_open)), files(entered))
        .nest_service("/files", auth.require(rule!(live)), files(entered))
        .fallback(open)
}

fn all(auth: &Auth<User>, entered: &Arc<AtomicUsize>) -> R {
    let admin = behind(auth, entered).require(auth.require(rule!(Role::Editor, live)));
    Routes::new().nest("/in", admin).merge(behind(auth, entered))
}

#[tokio::test]
async fn mac_12_layers_and_services_do_what_the_table_says() {
    let app = App::new().await;
    let entered = Arc::default();
    let router = all(&app.auth, &entered).into_router().with_state(app.auth.clone());
    assert_protection(&all(&app.auth, &entered).table(), &TestApp::new(&app.auth, router)).await;
    assert_eq!(entered.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn mac_12_a_layer_that_is_missing_is_found() {
    let app = App::new().await;
    let entered = Arc::default();
    let bare = Routes::new().nest("/in", behind(&app.auth, &entered));
    let router = bare.merge(behind(&app.auth, &entered)).into_router().with_state(app.auth.clone());
    let test = TestApp::new(&app.auth, router);
    let found = Protection::of(&all(&app.auth, &entered).table()).deviations(&test).await;
    let mut routes: Vec<_> = found.iter().map(|deviation| deviation.route.as_str()).collect();
    routes.dedup();
    for route in ["GET /in/open", "POST /in/open", "GET /in/draft", "PUT /in/pay", "GET /in/rpc/{*method}", "GET /in/*"]
    {
        assert!(routes.contains(&route), "{route} is not among {routes:?}");
    }
    assert!(routes.iter().all(|route| route.contains("/in/")), "{routes:?}");
}
