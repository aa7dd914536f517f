//! Factors of a row that says when it was created.

use auth::{Auth, AuthUser, PasswordHash};
use auth_tests::Database;
use auth_tests::app::PASSWORD;
use auth_tests::stage::Stage;
use serde_json::json;

use super::{ADA, with_factors};

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "people")]
struct Person {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(verified)]
    verified: bool,
    #[auth(created)]
    born: String,
}

const TABLE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT \
                     NULL, verified BOOLEAN NOT NULL, born TEXT NOT NULL DEFAULT (hex(randomblob(8))))";

/// Whether it is the next row with the id, or the same with another stamp, nobody can tell: a factor must not get lost by
/// a migration, and nobody is let in without it.
#[tokio::test]
async fn a_row_with_another_stamp_waits_for_an_operator() {
    let stage = Stage::<Person, _>::with(Database::with(TABLE).await, with_factors).await;
    let register = json!({ "email": ADA, "password": PASSWORD });
    stage.post("/register", register.clone()).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let access = stage.post("/login", register.clone()).await.is(200).access_token();
    let secret = stage.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
    let code = auth::testing::totp_code(&secret, auth::clock::Clock::now(&stage.clock));
    stage.post_as(&access, "/factors/totp/confirm", json!({ "code": code })).await.is(200);
    stage.post("/login", register.clone()).await.is(401);
    stage.place.run("UPDATE people SET born = 'another precision'").await;
    let refused = stage.post("/login", register.clone()).await.is(500);
    assert_eq!(refused.code(), "internal");
    reset(&stage.auth).await;
    stage.post("/login", register).await.is(200);
}

async fn reset(auth: &Auth<Person>) {
    auth.accounts().reset_factors(&1).await.unwrap();
}
