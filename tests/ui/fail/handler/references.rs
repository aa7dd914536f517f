//! Arguments that are references.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use axum::http::HeaderMap;
use common::{App, User};

#[protected]
async fn one(user: &User) -> String {
    user.email.clone()
}

#[protected(common::Role::Admin)]
async fn two(_: User, headers: &HeaderMap, body: &mut str) -> String {
    format!("{headers:?} {body}")
}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(one).post(two));
}
