//! Responses of our routes: none of them may be cached.

use axum::http::header::{CACHE_CONTROL, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A 204 that must not be cached.
pub(super) fn nothing() -> Response {
    private(StatusCode::NO_CONTENT.into_response())
}

/// A JSON response that must not be cached.
pub(super) fn private_json(status: StatusCode, value: &impl Serialize) -> Response {
    private((status, axum::Json(value)).into_response())
}

/// Forbids caching: every response of our routes is about a single user (HTTP-10).
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
    response
}
