//! Errors that do not come from the library.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An error of this application.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("there is no such post")]
    NoSuchPost,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// What axum answers, for the document, if a path is not a number.
#[derive(utoipa::IntoResponses)]
#[response(status = 400, description = "The number in the path is none, or two credentials of one kind were sent")]
pub(crate) struct NoNumber;

/// What axum answers, for the document, if it cannot read a path or a body.
#[derive(utoipa::IntoResponses)]
#[allow(dead_code, reason = "axum answers it")]
pub(crate) enum Unreadable {
    #[response(status = 400, description = "Not JSON, not a number in the path, or two credentials of one kind")]
    Malformed,
    #[response(status = 413, description = "More than 2 MiB")]
    TooLarge,
    #[response(status = 415, description = "Not `application/json`")]
    OtherType,
    #[response(status = 422, description = "JSON, but with other fields")]
    OtherFields,
}

#[derive(Serialize)]
struct Document {
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::NoSuchPost => (StatusCode::NOT_FOUND, "no_such_post"),
            Self::Database(error) => {
                tracing::error!(%error, "a request failed");
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
        };
        let title = status.canonical_reason().unwrap_or("Error");
        let document = Document { title, status: status.as_u16(), code, detail: self.to_string() };
        (status, [("content-type", "application/problem+json")], Json(document)).into_response()
    }
}
