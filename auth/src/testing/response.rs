use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::fail;

/// A response whose body has been read to the end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TestResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl TestResponse {
    /// Returns the response if its status is `status`.
    ///
    /// # Panics
    /// If the status differs; the message shows the body.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "an assertion first; the response comes along for the next one"
    )]
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert!(self.status.as_u16() == status, "expected {status}, got {}: {}", self.status, self.text());
        self
    }

    /// Returns the body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Parses the body as JSON: into `serde_json::Value` or a type of yours.
    ///
    /// # Panics
    /// If it is not valid JSON for that type.
    #[must_use]
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => fail(format_args!("{error}: {} {}", self.status, self.text())),
        }
    }

    /// Returns the `code` of a problem document; empty if there is none.
    #[must_use]
    pub fn code(&self) -> String {
        let body = serde_json::from_slice::<serde_json::Value>(&self.body).unwrap_or_default();
        body.get("code").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    }

    /// Returns the first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
