//! An argument that is no extractor, and a part that the state has not got.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{check, protected};
use axum::extract::State;
use common::{App, Role};

#[derive(Clone)]
struct Db;

struct Post;

#[check]
async fn in_the_database(State(_): State<Db>) -> bool {
    true
}

#[check]
async fn of(_: Post) -> bool {
    true
}

#[protected(Role::Admin || in_the_database)]
async fn one() {}

#[protected(of)]
async fn two() {}

fn main() {
    let _ = Routes::<App>::new().route("/1", get(one));
    let _ = Routes::<App>::new().route("/2", get(two));
}
