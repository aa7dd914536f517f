use std::future::IntoFuture;
use std::pin::Pin;

use axum::Router;
use axum::body::Body;
use axum::handler::Handler as _;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::BodyExt as _;
use serde::Serialize;

use super::{TestResponse, fail};
use crate::http::extract::test_probe;

/// A request under construction; `.await` sends it.
///
/// The host is `localhost` unless a header overrides it.
#[must_use = "a request is sent by `.await`"]
pub struct TestRequest {
    router: Router,
    request: Request<Body>,
}

impl TestRequest {
    pub(super) fn new(router: Router, method: Method, path: &str) -> Self {
        let built = Request::builder().method(method).uri(path).header(HOST, "localhost").body(Body::empty());
        Self::of(router, built.unwrap_or_else(|error| fail(format_args!("invalid path `{path}`: {error}"))))
    }

    pub(super) const fn of(router: Router, request: Request<Body>) -> Self {
        Self { router, request }
    }

    /// Adds a header, next to any that already has this name.
    ///
    /// # Panics
    /// If the name or the value is invalid.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).ok();
        match (name.parse::<HeaderName>(), value) {
            (Ok(name), Some(value)) => self.request.headers_mut().append(name, value),
            _ => fail(format_args!("invalid value of the header `{name}`")),
        };
        self
    }

    /// Sets the body to `value` as JSON.
    ///
    /// # Panics
    /// If it cannot be serialized.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => self.body("application/json", json),
            Err(error) => fail(format_args!("cannot serialize to JSON: {error}")),
        }
    }

    /// Sets the body.
    pub fn body(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self.request.headers_mut().remove(CONTENT_TYPE);
        self.header(CONTENT_TYPE.as_str(), content_type)
    }

    /// Adds what a server adds to a request.
    pub(super) fn with_extension(mut self, extension: impl Clone + Send + Sync + 'static) -> Self {
        self.request.extensions_mut().insert(extension);
        self
    }

    /// Asks guards for their decision instead of running the handler.
    pub(super) fn probing(mut self) -> Self {
        test_probe::ask(self.request.extensions_mut());
        self
    }

    async fn send(self) -> TestResponse {
        // axum does not re-export the service trait that would call a `Router` directly.
        let response = axum::routing::any_service(self.router).call(self.request, ()).await;
        let (parts, body) = response.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => fail(format_args!("the response body ended early: {error}")),
        };
        TestResponse { status: parts.status, headers: parts.headers, body }
    }
}

impl IntoFuture for TestRequest {
    type Output = TestResponse;
    type IntoFuture = Pin<Box<dyn Future<Output = TestResponse> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
