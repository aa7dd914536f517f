//! A part that the state has not got, where the state is not yet known.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{check, protected};
use axum::extract::State;
use common::App;

#[derive(Clone)]
struct Db;

#[check]
async fn in_the_database(State(_): State<Db>) -> bool {
    true
}

#[protected(in_the_database)]
async fn one() {}

fn routes() -> Routes<App> {
    Routes::new().route("/1", get(one))
}

fn main() {
    drop(routes());
}
