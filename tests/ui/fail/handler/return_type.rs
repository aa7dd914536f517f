//! Answers that are no responses.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{Auth, protected};
use axum::Json;
use common::User;

struct DbError;

#[protected]
async fn user(user: User) -> User {
    user
}

#[protected]
async fn json(user: User) -> Json<User> {
    Json(user)
}

#[protected]
async fn result() -> Result<String, DbError> {
    Err(DbError)
}

fn main() {
    let _ = Routes::<Auth<User>>::new().route("/1", get(user));
    let _ = Routes::<Auth<User>>::new().route("/2", get(json));
    let _ = Routes::<Auth<User>>::new().route("/3", get(result));
}
