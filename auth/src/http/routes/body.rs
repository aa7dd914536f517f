//! Request bodies: JSON objects of at most 64 KiB, declared as JSON.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use crate::base::error::AuthError;
use crate::model::body_fields::Fields;

/// The maximum number of bytes read from a body.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// How long a body may take to arrive: 64 KiB in this time is slower than any connection that is good for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// Returns the fields of the body; `None` if it is empty.
///
/// A body that is not declared as JSON is refused: forms and `text/plain` are what a cross-site page can send without a
/// CORS preflight (CSRF-07).
pub(super) async fn fields(parts: &Parts, body: Body) -> Result<Option<Fields>, AuthError> {
    let announced = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > MAX_BODY_BYTES as u64) {
        return Err(AuthError::BodyTooLarge(MAX_BODY_BYTES));
    }
    if parts.headers.contains_key(CONTENT_TYPE) && !is_json(parts) {
        return Err(AuthError::UnsupportedMediaType);
    }
    let bytes = read(body).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if !is_json(parts) {
        return Err(AuthError::UnsupportedMediaType);
    }
    Fields::parse(&bytes).map(Some)
}

async fn read(body: Body) -> Result<Bytes, AuthError> {
    let mut read = pin!(Limited::new(body, MAX_BODY_BYTES).collect());
    // A body that is there at once needs no timer (and tests no runtime that has one).
    let ready = match poll_fn(|context| Poll::Ready(read.as_mut().poll(context))).await {
        Poll::Ready(body) => body,
        Poll::Pending => timeout(PATIENCE, read).await.map_err(|_| AuthError::RequestTimeout)?,
    };
    match ready {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(AuthError::BodyTooLarge(MAX_BODY_BYTES)),
        Err(_) => Err(AuthError::InvalidRequest("the body could not be read")),
    }
}

/// Whether the content type is `application/json`, with or without parameters.
fn is_json(parts: &Parts) -> bool {
    let mut values = parts.headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}
