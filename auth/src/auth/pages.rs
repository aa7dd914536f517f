//! What the handle knows of error pages; `rejection` makes them.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::Response;

use crate::error::AuthError;

/// Makes another response of an error: an HTML page, a redirect to the login form. `None` keeps the problem document.
pub(crate) type OnError = Arc<dyn Fn(&AuthError, &Parts) -> Option<Response> + Send + Sync>;

/// How an application's errors look.
#[derive(Clone)]
pub(crate) struct ErrorPages {
    pub(crate) realm: String,
    pub(crate) on_error: Option<OnError>,
}
