//! One more than axum has room for.

use auth::protected;
use axum::http::Method;

#[protected]
#[rustfmt::skip]
async fn many(
    _: Method, _: Method, _: Method, _: Method, _: Method,
    _: Method, _: Method, _: Method, _: Method, _: Method,
    _: Method, _: Method, _: Method, _: Method, _: Method,
    _: String,
) {}

fn main() {}
