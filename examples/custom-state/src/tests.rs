use auth::Secret;
use auth::testing::assert_routes;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sqlx::SqlitePool;
use tokio::task::JoinHandle;
use tower::ServiceExt;

async fn start() -> (Router, SqlitePool, JoinHandle<()>) {
    let secret = Secret::generate().unwrap();
    let (app, writer) = crate::open("sqlite::memory:", secret).await.unwrap();
    let pool = app.pool.clone();
    (crate::routes(&app).into_router().with_state(app), pool, writer)
}

async fn send(app: &Router, path: &str, token: Option<&str>, body: &str) -> (StatusCode, Value) {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = app.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = answer.status();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

fn sign_up(invitation: &str, password: &str) -> String {
    json!({ "email": "ada@example.org", "password": password, "invitation": invitation }).to_string()
}

#[tokio::test]
async fn custom_sign_up_keeps_the_rules_of_the_library() {
    let (app, _, _) = start().await;
    let (status, problem) = send(&app, "/auth/register", None, &sign_up("please", "correct horse battery")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("not_invited")));
    let (status, problem) = send(&app, "/auth/register", None, &sign_up("open sesame", "password1")).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_fields")));

    let (status, tokens) = send(&app, "/auth/register", None, &sign_up("open sesame", "correct horse battery")).await;
    assert_eq!(status, StatusCode::CREATED);
    let token = tokens["access_token"].as_str();
    assert_eq!(send(&app, "/notes", None, "no JSON").await.0, StatusCode::UNAUTHORIZED, "refused before the body");
    assert_eq!(send(&app, "/notes", token, "no JSON").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(send(&app, "/notes", token, r#"{"text":"buy milk"}"#).await.0, StatusCode::CREATED);
    assert_eq!(send(&app, "/notes", token, "").await.1, json!(["buy milk"]));
}

#[tokio::test]
async fn every_decision_becomes_a_row() {
    let (app, pool, writer) = start().await;
    send(&app, "/auth/register", None, &sign_up("open sesame", "correct horse battery")).await;
    let wrong = json!({ "email": "ada@example.org", "password": "not this one" }).to_string();
    assert_eq!(send(&app, "/auth/login", None, &wrong).await.0, StatusCode::UNAUTHORIZED);

    // Dropping the last copy of the state drops the observer, so the writer finishes its queue and ends.
    drop(app);
    writer.await.unwrap();
    let rows: Vec<(String, Option<String>)> =
        sqlx::query_as("SELECT what, user_id FROM audit ORDER BY rowid").fetch_all(&pool).await.unwrap();
    let expected =
        ["registered", "login_succeeded", "login_failed"].map(|what| (what.to_owned(), Some("1".to_owned())));
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn route_table_matches_the_committed_file() {
    let secret = Secret::generate().unwrap();
    let (app, _) = crate::open("sqlite::memory:", secret).await.unwrap();
    let routes = crate::routes(&app);
    assert_routes(&routes.table(), include_str!("routes.txt"));
}
