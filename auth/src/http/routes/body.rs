//! Request bodies: JSON objects of bounded size, declared as JSON, and for one route a form.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::form::Form;
use crate::base::error::AuthError;
use crate::model::body_fields::Fields;

/// How long a body may take to arrive: 64 KiB in this time is slower than any connection that is good for anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// Returns the fields of the body, of which at most `max` bytes are read; `None` if it is empty. One that is announced
/// as larger is refused before any of it is read.
///
/// A body that is not declared as JSON is refused: forms and `text/plain` are what a cross-site page can send without a
/// CORS preflight (CSRF-07).
pub(super) async fn fields(parts: &Parts, body: Body, max: usize) -> Result<Option<Fields>, AuthError> {
    check_announced(parts, max)?;
    let is_json = is_declared_as("application/json", parts);
    if parts.headers.contains_key(CONTENT_TYPE) && !is_json {
        return Err(AuthError::UnsupportedMediaType);
    }
    let bytes = read(body, max).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if !is_json {
        return Err(AuthError::UnsupportedMediaType);
    }
    Fields::parse(&bytes).map(Some)
}

/// Returns the members of a form, of the same bounded size. For a route that takes no cookie, so that a form which a page
/// of another site sends is nobody's.
pub(super) async fn form(parts: &Parts, body: Body, max: usize) -> Result<Form, AuthError> {
    check_announced(parts, max)?;
    if !is_declared_as(Form::CONTENT_TYPE, parts) {
        return Err(AuthError::UnsupportedMediaType);
    }
    Form::parse(&read(body, max).await?)
}

fn check_announced(parts: &Parts, max: usize) -> Result<(), AuthError> {
    let announced = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > max as u64) { Err(AuthError::BodyTooLarge(max)) } else { Ok(()) }
}

async fn read(body: Body, max: usize) -> Result<Bytes, AuthError> {
    let mut read = pin!(Limited::new(body, max).collect());
    // A body that is there at once needs no timer (and tests no runtime that has one).
    let ready = match poll_fn(|context| Poll::Ready(read.as_mut().poll(context))).await {
        Poll::Ready(body) => body,
        Poll::Pending => timeout(PATIENCE, read).await.map_err(|_| AuthError::RequestTimeout)?,
    };
    match ready {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(AuthError::BodyTooLarge(max)),
        Err(_) => Err(AuthError::InvalidRequest("the body could not be read")),
    }
}

/// Whether this is the content type, with or without parameters.
fn is_declared_as(kind: &str, parts: &Parts) -> bool {
    let mut values = parts.headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(kind)
}
