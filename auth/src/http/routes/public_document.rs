//! Answers with documents that everybody may read and keep, and that are asked for again (RFC 9110 §13).

use axum::body::{Body, Bytes};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::base::document::Document;

/// Five minutes; for an hour after that while a new one is fetched, and for a day if that fails (RFC 5861).
const KEPT: &str = "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400";

/// Answers pages of every origin: the document is public, and asked for without cookies.
pub(super) fn answer(document: &Document, request: &HeaderMap) -> Response {
    let headers = [(CACHE_CONTROL, KEPT), (ETAG, document.etag()), (ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    if is_current(request, document.etag()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let body = Body::from(Bytes::from_owner(document.body()));
    (headers, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// Whether the client names this version as one that it has.
pub(super) fn is_current(headers: &HeaderMap, etag: &str) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    // Weak comparison (§13.1.2), and `*` for any version.
    let mut tags = lists.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|tag| tag == etag || tag == "*")
}
