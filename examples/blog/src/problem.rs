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
