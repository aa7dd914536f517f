use auth::testing::assert_routes;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sqlx::SqlitePool;
use tower::ServiceExt;

use crate::{Secret, open};

async fn app() -> (Router, SqlitePool) {
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    let secret = Secret::generate().unwrap();
    let (auth, routes) = open(pool.clone(), secret).await.unwrap();
    (routes.into_router().with_state(auth), pool)
}

async fn post(app: &Router, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::post(path).header("content-type", "application/json").body(Body::from(body.to_string()));
    let answer = app.clone().oneshot(request.unwrap()).await.unwrap();
    let status = answer.status();
    (status, serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap())
}

async fn get(app: &Router, path: &str, token: &Value) -> (StatusCode, String) {
    let bearer = format!("Bearer {}", token.as_str().unwrap());
    let request = Request::get(path).header("authorization", bearer).body(Body::empty());
    let answer = app.clone().oneshot(request.unwrap()).await.unwrap();
    let status = answer.status();
    (status, String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().into()).unwrap())
}

#[tokio::test]
async fn legacy_hash_signs_in_once_and_is_replaced() {
    let (app, pool) = app().await;
    let stored = async || sqlx::query_scalar::<_, String>("SELECT pw FROM accounts").fetch_one(&pool).await.unwrap();

    let wrong = json!({ "mail_address": "ada@example.org", "password": "incorrect horse battery" });
    assert_eq!(post(&app, "/auth/login", wrong).await.0, StatusCode::UNAUTHORIZED);
    assert!(stored().await.starts_with("pbkdf2_sha256$"), "a wrong password changes nothing");

    let right = json!({ "mail_address": "ada@example.org", "password": "correct horse battery" });
    let (status, tokens) = post(&app, "/auth/login", right).await;
    assert_eq!(status, StatusCode::OK);
    assert!(stored().await.starts_with("$argon2id$"));

    let by_nick = json!({ "nick": "Ada", "password": "correct horse battery" });
    assert_eq!(post(&app, "/auth/login", by_nick).await.0, StatusCode::OK);

    let token = &tokens["access_token"];
    assert_eq!(get(&app, "/drafts", token).await.0, StatusCode::OK);
    assert_eq!(get(&app, "/audit", token).await.0, StatusCode::FORBIDDEN);
    let (_, me) = get(&app, "/auth/me", token).await;
    let me: Value = serde_json::from_str(&me).unwrap();
    assert_eq!(me["id"], "8f14e45f-ceea-467f-9d2b-3c6a1e0b7d52");
    assert_eq!((&me["roles"], &me["plan"]), (&json!(["reader", "author"]), &json!("gold")));
}

#[tokio::test]
async fn sign_up_fills_a_table_it_did_not_make() {
    let (app, pool) = app().await;
    let new = |mail: &str| json!({ "mail_address": mail, "nick": "bob", "password": "a long enough one" });

    for mail in ["bob@throwaway.example", " Bob@Throwaway.Example ", "bob@ｔｈｒｏｗａｗａｙ.example"] {
        let (status, problem) = post(&app, "/auth/register", new(mail)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("throwaway_address")), "{mail}");
    }

    assert_eq!(post(&app, "/auth/register", new("bob@example.org")).await.0, StatusCode::CREATED);
    let row: (String, String, bool) =
        sqlx::query_as("SELECT groups, plan, newsletter FROM accounts WHERE nick = 'bob'")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(row, ("reader".to_owned(), "free".to_owned(), false));
}

#[tokio::test]
async fn route_table_matches_the_committed_file() {
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    let secret = Secret::generate().unwrap();
    let (_, routes) = open(pool, secret).await.unwrap();
    assert_routes(&routes.table(), include_str!("routes.txt"));
}
