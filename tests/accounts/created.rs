//! `#[auth(created)]`: what was issued for one row is refused for a later one with the same id, also if the application
//! inserted it itself.

use auth::routing::{Routes, get, post};
use auth::{Auth, AuthError, AuthUser, ClientInfo, PasswordHash, Secret, protected};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::{Call, Database, payload};
use serde_json::json;

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "members")]
pub(crate) struct Member {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(created)]
    created_at: String,
}

pub(crate) const MEMBERS: &str = "CREATE TABLE members (
    id            INTEGER PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at    TEXT NOT NULL DEFAULT '2026-01-01T00:00:00Z'
)";

#[protected]
async fn row(member: Member) -> String {
    member.email
}

#[protected(live)]
async fn live() -> &'static str {
    "live"
}

#[protected]
async fn choose_password(
    claims: MemberClaims,
    axum::extract::State(auth): axum::extract::State<Auth<Member>>,
) -> Result<(), AuthError> {
    auth.set_own_password(&claims, "another good password", &ClientInfo::default()).await
}

async fn app() -> (Database, axum::Router) {
    let db = Database::with(MEMBERS).await;
    let auth = Auth::<Member>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    let auth = auth.passwords(quick_passwords()).build().await.unwrap();
    let routes = Routes::new().route("/row", get(row)).route("/live", get(live));
    let routes = routes.route("/password", post(choose_password)).nest("/auth", auth.routes());
    (db, routes.into_router().with_state(auth))
}

#[tokio::test]
async fn h1_a_row_the_application_inserts_inherits_no_session() {
    let (db, router) = app().await;
    let body = json!({ "email": "mallory@example.org", "password": PASSWORD });
    let left = Call::post("/auth/register").json(&body).send(&router).await.is(201);
    let token = left.access_token();
    assert!(payload(&token)["auth_row"].is_string());
    Call::get("/row").bearer(&token).send(&router).await.is(200);

    db.run(
        "DELETE FROM members;
        INSERT INTO members VALUES (1, 'bob@example.org', '', '2026-02-02T00:00:00Z')",
    )
    .await;
    for path in ["/row", "/live", "/auth/me"] {
        Call::get(path).bearer(&token).send(&router).await.is(401);
    }
    Call::post("/password").bearer(&token).send(&router).await.is(401);
    let body = json!({ "refresh_token": left.refresh_token() });
    Call::post("/auth/refresh").json(&body).send(&router).await.is(401);
    let body = json!({ "password": PASSWORD });
    Call::post("/auth/reauthenticate").bearer(&token).json(&body).send(&router).await.is(401);
}

#[tokio::test]
async fn honest_changes_of_a_row_sign_nobody_out() {
    let (db, router) = app().await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let first = Call::post("/auth/register").json(&body).send(&router).await.is(201);
    db.run("UPDATE members SET email = 'ada.new@example.org'").await;
    Call::get("/row").bearer(&first.access_token()).send(&router).await.is(200);
    let body = json!({ "refresh_token": first.refresh_token() });
    let next = Call::post("/auth/refresh").json(&body).send(&router).await.is(200);
    Call::get("/live").bearer(&next.access_token()).send(&router).await.is(200);
}

/// Mallory's row is deleted and Bob's inserted with the same id, by the application. Returns Mallory's token and Bob's.
async fn replaced() -> (Database, axum::Router, String, String) {
    let (db, router) = app().await;
    let sign_in = async |path: &str, email: &str, ip: &str| {
        let body = json!({ "email": email, "password": PASSWORD });
        Call::post(path).json(&body).coming_from(ip).send(&router).await.access_token()
    };
    let mallory = sign_in("/auth/register", "mallory@example.org", "192.0.2.66").await;
    let hash = db.text("SELECT password_hash FROM members").await;
    db.run("DELETE FROM members").await;
    // With the password that all have in these tests.
    let insert = "INSERT INTO members VALUES (1, 'bob@example.org', $1, '2026-02-02T00:00:00Z')";
    sqlx::query(insert).bind(hash).execute(&db.pool).await.unwrap();
    let bob = sign_in("/auth/login", "bob@example.org", "203.0.113.7").await;
    Call::get("/auth/me").bearer(&bob).send(&router).await.is(200);
    (db, router, mallory, bob)
}

#[tokio::test]
async fn h1_a_token_of_a_former_row_reaches_no_session() {
    let (_db, router, mallory, bob) = replaced().await;
    let listed = Call::get("/auth/sessions").bearer(&bob).send(&router).await.is(200);
    assert!(listed.text().contains("203.0.113.7"), "{}", listed.text());
    assert!(!listed.text().contains("192.0.2.66"), "mallory's is not listed: {}", listed.text());
    let own = listed.json()[0]["id"].as_str().unwrap().to_owned();

    Call::get("/auth/sessions").bearer(&mallory).send(&router).await.is(401);
    Call::delete(&format!("/auth/sessions/{own}")).bearer(&mallory).send(&router).await.is(401);
    Call::post("/auth/logout-all").bearer(&mallory).send(&router).await.is(401);
    Call::get("/auth/me").bearer(&bob).send(&router).await.is(200);
}

#[tokio::test]
async fn h1_a_former_token_ends_its_own_session_only() {
    let (_db, router, mallory, bob) = replaced().await;
    Call::post("/auth/logout").bearer(&mallory).send(&router).await.is(204);
    Call::get("/auth/me").bearer(&bob).send(&router).await.is(200);
}
