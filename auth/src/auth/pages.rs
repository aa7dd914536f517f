//! What the handle knows about error pages; `rejection` builds them.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::Response;

use crate::error::AuthError;

/// Turns an error into another response: an HTML page, a redirect to the login form. `None` keeps the problem document.
pub(crate) type OnError = Arc<dyn Fn(&AuthError, &Parts) -> Option<Response> + Send + Sync>;

/// How the application's errors look.
#[derive(Clone)]
pub(crate) struct ErrorPages {
    pub(crate) realm: String,
    pub(crate) on_error: Option<OnError>,
}
