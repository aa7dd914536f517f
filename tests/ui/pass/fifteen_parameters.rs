//! As many parameters as axum has room for beside the guard.

#[path = "../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use axum::http::Method;
use common::{App, User};

#[protected]
#[rustfmt::skip]
#[allow(clippy::too_many_arguments)]
async fn many(
    _: Method, _: Method, _: Method, _: Method, _: Method,
    _: Method, _: Method, _: Method, _: Method, _: Method,
    _: Method, _: Method, _: Method, _: User, body: String,
) -> String {
    body
}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(many));
}
