//! Requests to an issuer, behind a trait: applications have HTTP clients of their own, with proxies and roots that only
//! they know.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::base::error::other_errors;

/// How long one request may take, and to connect (KEY-12).
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// An HTTP client for the few requests that verification needs: documents with the keys of an issuer, and questions about
/// opaque tokens.
///
/// The feature `oidc` has one (on reqwest), which is used if you set none. Yours is given to
/// [`IssuerBuilder::fetch`](super::IssuerBuilder::fetch). It must
///
/// - **not follow redirects**, but return the response with its status: whoever can send one would otherwise choose where
///   your server sends requests;
/// - read at most [`max_bytes`](FetchRequest::max_bytes) of the body, *after* decompression, and stop there;
/// - stop after [`timeout`](FetchRequest::timeout). The library stops waiting at that time in any case.
///
/// ```
/// use auth::issuer::{Fetch, FetchError, FetchRequest, FetchResponse};
///
/// /// Answers from memory: for tests.
/// struct Fixed(&'static str);
///
/// impl Fetch for Fixed {
///     async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
///         match request.url.as_str() {
///             "https://sso.example.org/jwks" => Ok(FetchResponse::new(200, self.0).header("cache-control", "max-age=60")),
///             _ => Err(FetchError::new("no route to host")),
///         }
///     }
/// }
/// # let _ = Fixed("{}");
/// ```
pub trait Fetch: Send + Sync + 'static {
    /// Sends the request, and returns the response whatever its status is.
    fn fetch(&self, request: FetchRequest) -> impl Future<Output = Result<FetchResponse, FetchError>> + Send;
}

/// A request.
#[derive(Clone)]
#[non_exhaustive]
pub struct FetchRequest {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Where to: `https`, or `http` if the application allows that for this issuer.
    pub url: String,
    /// Names in lower case, and values. One may be a secret (`authorization`), so `Debug` prints only the names.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for `GET`.
    pub body: Vec<u8>,
    /// How long a response may be, in bytes.
    pub max_bytes: usize,
    /// How long it may take to connect.
    pub connect_timeout: Duration,
    /// How long it may take altogether.
    pub timeout: Duration,
}

impl fmt::Debug for FetchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        let request = &mut f.debug_struct("FetchRequest");
        request.field("method", &self.method).field("url", &self.url).field("headers", &headers);
        request.field("body", &self.body.len()).finish_non_exhaustive()
    }
}

/// A response.
#[derive(Clone, Debug, Default)]
pub struct FetchResponse {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl FetchResponse {
    /// Creates a response without headers.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header. Only `cache-control` is ever read.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(super) const fn status(&self) -> u16 {
        self.status
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Returns the values of a header, in order.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of_name = move |(found, _): &&(String, String)| found.eq_ignore_ascii_case(name);
        self.headers.iter().filter(of_name).map(|(_, value)| &**value)
    }
}

/// A request got no response: no connection, no certificate that is trusted, too late, too long.
#[derive(Debug, thiserror::Error)]
#[error("the request got no response")]
pub struct FetchError(#[source] Box<dyn std::error::Error + Send + Sync>);

other_errors!(FetchError);

impl FetchError {
    /// Wraps what the client reports.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoDocument {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("no response within {0:?}")]
    Timeout(Duration),
    #[error("the response has status {0}")]
    Status(u16),
    #[error("the response has more than {0} bytes")]
    TooLarge(usize),
}

type Fetching<'a> = Pin<Box<dyn Future<Output = Result<FetchResponse, FetchError>> + Send + 'a>>;

trait Boxed: Send + Sync {
    fn boxed(&self, request: FetchRequest) -> Fetching<'_>;
}

impl<F: Fetch> Boxed for F {
    fn boxed(&self, request: FetchRequest) -> Fetching<'_> {
        Box::pin(self.fetch(request))
    }
}

/// Any client.
#[derive(Clone)]
pub(super) struct DynFetch(Arc<dyn Boxed>);

impl DynFetch {
    pub(super) fn new(fetch: impl Fetch) -> Self {
        Self(Arc::new(fetch))
    }

    /// Returns a response with status 200.
    pub(super) async fn document(&self, request: FetchRequest) -> Result<FetchResponse, NoDocument> {
        let response = self.response(request).await?;
        if response.status == 200 { Ok(response) } else { Err(NoDocument::Status(response.status)) }
    }

    /// Returns a response of any status. The limits of the request hold whatever the client does.
    pub(super) async fn response(&self, request: FetchRequest) -> Result<FetchResponse, NoDocument> {
        let (timeout, max_bytes) = (request.timeout, request.max_bytes);
        let response = tokio::time::timeout(timeout, self.0.boxed(request)).await;
        let response = response.map_err(|_| NoDocument::Timeout(timeout))??;
        if response.body.len() > max_bytes { Err(NoDocument::TooLarge(max_bytes)) } else { Ok(response) }
    }
}

impl fmt::Debug for DynFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DynFetch")
    }
}
