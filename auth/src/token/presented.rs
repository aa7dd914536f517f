//! The tokens in one request that ends sessions.

/// Every token that a request presents, read before any of them is acted on. What is malformed is left out: it is the
/// token of no session.
#[derive(Default)]
pub(crate) struct Presented<'a> {
    /// The access token in `Authorization`.
    pub(crate) bearer: Option<&'a str>,
    /// The refresh token in the body.
    pub(crate) in_body: Option<&'a str>,
    /// The refresh token in a cookie.
    pub(crate) refresh_cookie: Option<&'a str>,
    /// The access token in a cookie.
    pub(crate) access_cookie: Option<&'a str>,
    /// Whether the request has cookies that do not count, because it comes from a page of another site.
    pub(crate) cross_site: bool,
}
