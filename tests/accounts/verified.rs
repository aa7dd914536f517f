//! `#[auth(verified)]`: what counts as confirmed, whatever the column is like.

use auth::routing::{Routes, get};
use auth::{Auth, AuthUser, Has, PasswordHash, Secret, protected};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::{Call, Database, Place as _, payload};
use serde_json::json;

/// A module with an application whose field `confirmed` is of this type, in a column of that one.
macro_rules! with_column {
    ($name:ident, $ty:ty, $column:literal) => {
        mod $name {
            use super::*;

            #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
            #[auth(table = "members")]
            pub(super) struct Member {
                #[auth(id)]
                id: i64,
                #[auth(login)]
                email: String,
                #[auth(password_hash)]
                password_hash: PasswordHash,
                #[auth(verified)]
                confirmed: $ty,
            }

            #[protected(Has::Verified)]
            async fn invite() {}

            /// The claim in the token, and the status of a route for confirmed members.
            pub(super) async fn signs_in(value: &str) -> (bool, u16) {
                let db = Database::with(concat!(
                    "CREATE TABLE members (
                        id            INTEGER PRIMARY KEY,
                        email         TEXT NOT NULL UNIQUE,
                        password_hash TEXT NOT NULL,
                        confirmed     ",
                    $column,
                    ")"
                ))
                .await;
                let auth = Auth::<Member>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
                let auth = auth.passwords(quick_passwords()).build().await.unwrap();
                let routes = Routes::new().route("/invite", get(invite)).nest("/auth", auth.routes());
                let router = routes.into_router().with_state(auth);
                let body = json!({ "email": "eve@example.org", "password": PASSWORD });
                Call::post("/auth/register").json(&body).send(&router).await.is(201);
                db.sql(&format!("UPDATE members SET confirmed = {value}")).await.unwrap();
                let token = Call::post("/auth/login").json(&body).send(&router).await.is(200).access_token();
                let answer = Call::get("/invite").bearer(&token).send(&router).await;
                (payload(&token)["email_verified"].as_bool().unwrap(), answer.status.as_u16())
            }
        }
    };
}

with_column!(nullable_flag, Option<bool>, "BOOLEAN DEFAULT FALSE");
with_column!(nullable_number, Option<i64>, "INTEGER DEFAULT 0");
with_column!(nullable_text, Option<String>, "TEXT");

#[tokio::test]
async fn a_nullable_flag_counts_only_when_it_is_true() {
    for (value, expected) in [("NULL", (false, 403)), ("FALSE", (false, 403)), ("TRUE", (true, 200))] {
        assert_eq!(nullable_flag::signs_in(value).await, expected, "{value}");
    }
}

#[tokio::test]
async fn a_nullable_number_counts_unless_it_is_zero() {
    for (value, expected) in [("NULL", (false, 403)), ("0", (false, 403)), ("1", (true, 200))] {
        assert_eq!(nullable_number::signs_in(value).await, expected, "{value}");
    }
}

#[tokio::test]
async fn a_nullable_time_counts_when_it_is_there() {
    for (value, expected) in [("NULL", (false, 403)), ("'2026-01-01T00:00:00Z'", (true, 200))] {
        assert_eq!(nullable_text::signs_in(value).await, expected, "{value}");
    }
}
