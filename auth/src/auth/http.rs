//! What the handle knows about HTTP. The HTTP edge reads it; nothing here does anything.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use axum::response::Response;

use super::Cookies;
use crate::address::TrustedProxies;
use crate::error::AuthError;

/// Turns an error into another response: an HTML page, a redirect to the login form. `None` keeps the problem document.
pub(crate) type OnError = Arc<dyn Fn(&AuthError, &Parts) -> Option<Response> + Send + Sync>;

/// How requests are read and answered.
pub(crate) struct HttpSettings {
    /// The name of this service in `WWW-Authenticate`.
    pub(crate) realm: String,
    pub(crate) on_error: Option<OnError>,
    pub(crate) cookies: Cookies,
    pub(crate) proxies: TrustedProxies,
    /// How long a request may wait for stores.
    pub(crate) store_timeout: Duration,
}
