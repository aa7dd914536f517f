//! An argument that reads the body, and is not the last.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, post};
use auth::{Auth, protected};
use axum::Json;
use axum::extract::Request;
use common::User;

#[derive(serde::Deserialize)]
struct Body;

type Sent = Json<Body>;

#[protected]
async fn plain(Json(_): Json<Body>, _: User) {}

#[protected]
async fn optional(_: Option<Json<Body>>, _request: Request) {}

#[protected]
async fn alias(_: Sent, _: User) {}

fn main() {
    let _ = Routes::<Auth<User>>::new().route("/1", post(plain));
    let _ = Routes::<Auth<User>>::new().route("/2", post(optional));
    let _ = Routes::<Auth<User>>::new().route("/3", post(alias));
}
