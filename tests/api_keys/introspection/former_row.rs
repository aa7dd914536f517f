//! The application deletes a row, and inserts another one that gets its id.

use auth::{Auth, AuthUser, PasswordHash, Secret};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::{Call, Database, payload};
use serde_json::json;

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "members")]
struct Member {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(created)]
    created_at: String,
    /// What no claim decides about.
    #[auth(claim)]
    active: String,
}

const MEMBERS: &str = "CREATE TABLE members (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, \
                       created_at TEXT NOT NULL DEFAULT '2026-01-01', active TEXT NOT NULL DEFAULT 'on Mondays')";

#[tokio::test]
async fn rev_12_tokens_of_a_former_row_are_inactive() {
    let db = Database::with(MEMBERS).await;
    let auth = Auth::<Member>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    let auth = auth.passwords(quick_passwords()).build().await.unwrap();
    let router = auth.routes::<Auth<Member>>().into_router().with_state(auth.clone());
    let body = json!({ "email": "mallory@example.org", "password": PASSWORD });
    let token = Call::post("/register").json(&body).send(&router).await.is(201).access_token();
    let (said, answer) = (payload(&token), auth.introspect(&token).await.unwrap());
    assert!(said["active"] == json!("on Mondays") && said["auth_row"].is_string(), "{said}");
    assert_eq!((&answer["active"], &answer["sub"]), (&json!(true), &json!("1")));
    assert!(answer.get("auth_row").is_none(), "{answer}");
    db.run("DELETE FROM members; INSERT INTO members VALUES (1, 'bob@example.org', '', '2026-02-02', '')").await;
    assert_eq!(auth.introspect(&token).await.unwrap(), json!({ "active": false }));
}
