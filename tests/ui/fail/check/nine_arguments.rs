//! One more than a check has room for.

use auth::check;
use axum::http::Method;

#[check]
#[rustfmt::skip]
async fn many(
    _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method,
    _: Method,
) -> bool {
    true
}

fn main() {}
