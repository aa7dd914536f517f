use auth::Secret;
use auth::testing::assert_routes;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::people::Duty;
use crate::{Shop, hire_first, open, routes};

const PASSWORD: &str = "correct horse battery staple";

async fn start() -> (Router, Shop) {
    let secret = Secret::generate().unwrap();
    let shop = open("sqlite::memory:", &secret).await.unwrap();
    hire_first(&shop, "B-0001", PASSWORD).await.unwrap();
    (routes(&shop).into_router().with_state(shop.clone()), shop)
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

async fn send(app: &Router, request: axum::http::request::Builder, body: &Value) -> Answer {
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let request = request.header("content-type", "application/json").header("sec-fetch-site", "same-origin");
    let answer = app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default() }
}

async fn get(app: &Router, path: &str, token: &str) -> StatusCode {
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    send(app, request, &Value::Null).await.status
}

async fn tokens(app: &Router) -> (String, String) {
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let customer = send(app, Request::post("/auth/register"), &body).await;
    assert_eq!(customer.status, StatusCode::CREATED);
    let body = json!({ "badge": "B-0001", "password": PASSWORD });
    let staff = send(app, Request::post("/back-office/auth/login"), &body).await;
    assert_eq!(staff.status, StatusCode::OK);
    let token = |answer: &Answer| answer.body["access_token"].as_str().unwrap().to_owned();
    (token(&customer), token(&staff))
}

#[tokio::test]
async fn mac_08_token_of_one_user_type_is_refused_by_another() {
    let (app, shop) = start().await;
    let (customer, staff) = tokens(&app).await;
    assert_eq!(get(&app, "/basket", &customer).await, StatusCode::OK);
    for path in ["/back-office/orders", "/back-office/takings", "/back-office/auth/me", "/back-office/auth/sessions"] {
        assert_eq!(get(&app, path, &staff).await, StatusCode::OK, "{path}");
        assert_eq!(get(&app, path, &customer).await, StatusCode::UNAUTHORIZED, "{path}");
    }
    // On routes about customers a staff token is an error, even if the route is public.
    for path in ["/basket", "/auth/me", "/"] {
        assert_eq!(get(&app, path, &staff).await, StatusCode::UNAUTHORIZED, "{path}");
    }
    // Both have the number 1. Demoting one does not affect the other.
    shop.staff.accounts().set_role(&1, Duty::Clerk).await.unwrap();
    assert_eq!(get(&app, "/basket", &customer).await, StatusCode::OK);
    assert_eq!(get(&app, "/back-office/takings", &staff).await, StatusCode::UNAUTHORIZED, "stale: refresh it");
    shop.staff.accounts().end_sessions(&1).await.unwrap();
    assert_eq!(get(&app, "/auth/me", &customer).await, StatusCode::OK);
}

#[tokio::test]
async fn mac_08_one_browser_can_hold_both_logins() {
    let (app, _) = start().await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let customer = send(&app, Request::post("/auth/register?cookies=true"), &body).await;
    let body = json!({ "badge": "B-0001", "password": PASSWORD });
    let staff = send(&app, Request::post("/back-office/auth/login?cookies=true"), &body).await;
    let cookie = |answer: &Answer| -> Vec<String> {
        let set = answer.headers.get_all("set-cookie").iter();
        set.map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned()).collect()
    };
    let jar = [cookie(&customer), cookie(&staff)].concat().join("; ");
    let mut names: Vec<&str> = jar.split("; ").map(|pair| pair.split('=').next().unwrap()).collect();
    names.sort_unstable();
    let expected = ["__Host-customer-access", "__Host-customer-refresh", "__Host-staff-access", "__Host-staff-refresh"];
    assert_eq!(names, expected);
    for path in ["/basket", "/back-office/orders"] {
        assert_eq!(send(&app, Request::get(path).header("cookie", &jar), &Value::Null).await.status, StatusCode::OK);
    }
    // Signing out as one kind leaves the other signed in.
    let out = send(&app, Request::post("/back-office/auth/logout").header("cookie", &jar), &Value::Null).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    let basket = send(&app, Request::get("/basket").header("cookie", &jar), &Value::Null).await;
    assert_eq!(basket.status, StatusCode::OK);
    let orders = send(&app, Request::get("/back-office/orders").header("cookie", &jar), &Value::Null).await;
    assert_eq!(orders.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn staff_cannot_register_themselves() {
    let (app, _) = start().await;
    let body = json!({ "badge": "B-0002", "password": PASSWORD });
    assert_eq!(send(&app, Request::post("/back-office/auth/register"), &body).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn route_table_matches_the_committed_file() {
    let (_, shop) = start().await;
    let routes = routes(&shop);
    assert_routes(&routes.table(), include_str!("routes.txt"));
}
