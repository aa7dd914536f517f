//! An argument that is no extractor, and a part that the state has not got.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use axum::extract::State;
use common::{App, User};

#[derive(Clone)]
struct Pool;

#[protected]
async fn in_the_database(_: User, State(_): State<Pool>) {}

#[protected]
async fn of(_: i64, _: User) {}

fn main() {
    let _ = Routes::<App>::new().route("/1", get(in_the_database));
    let _ = Routes::<App>::new().route("/2", get(of));
}
