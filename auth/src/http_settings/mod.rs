//! Settings of the HTTP edge, which reads them; nothing here does anything.

#[cfg(feature = "cookies")]
mod cookies;
#[cfg(not(feature = "cookies"))]
#[path = "no_cookies.rs"]
mod cookies;
mod handle_cookie;
mod resource;
mod same_origin;
mod scheme;

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use axum::response::Response;

#[cfg_attr(not(feature = "cookies"), allow(unreachable_pub, reason = "nobody outside can name it then"))]
pub use cookies::CookieSettings;
pub(crate) use cookies::Cookies;
#[cfg(feature = "cookies")]
pub(crate) use cookies::Mode;
pub use handle_cookie::HandleCookie;
pub use resource::ProtectedResource;
pub(crate) use resource::ResourceMetadata;
pub use same_origin::SameOrigin;
pub(crate) use scheme::AuthScheme;

use crate::base::error::AuthError;
use crate::model::client_ip::TrustedProxies;

/// Turns an error and the response to it into the one that is sent: an HTML page, a redirect to the login form.
pub(crate) type OnError = Arc<dyn Fn(&AuthError, &Parts, Response) -> Response + Send + Sync>;

/// How requests are read and answered.
#[derive(Clone)]
pub struct HttpSettings {
    /// The name of this service in `WWW-Authenticate`.
    pub(crate) realm: String,
    pub(crate) on_error: Option<OnError>,
    /// How tokens are sent in `Authorization`.
    pub(crate) scheme: AuthScheme,
    pub(crate) cookies: Cookies,
    pub(crate) proxies: TrustedProxies,
    /// How long a request may wait for stores.
    pub(crate) store_timeout: Duration,
    /// Where people change their password: a path or a URL.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "for people with a password"))]
    pub(crate) change_password_page: Option<String>,
    /// What clients are told about who issues tokens for this service.
    pub(crate) resource: Option<ResourceMetadata>,
}
