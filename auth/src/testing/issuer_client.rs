use axum::Router;
use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, Request};

use super::TestRequest;
use super::sender::{Sender, begins_requests};

/// A client of an application whose people sign in at another issuer: somebody with a token of it, or an anonymous caller.
#[derive(Clone, Debug)]
pub struct IssuerClient {
    sender: Sender,
    token: Option<String>,
}

impl IssuerClient {
    pub(super) fn new(router: &Router, token: Option<String>) -> Self {
        Self { sender: Sender::to(router), token }
    }

    /// Returns the token, to be sent some other way; empty if there is none.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    begins_requests!();

    fn present(&self, request: TestRequest) -> TestRequest {
        match &self.token {
            Some(token) => request.header(AUTHORIZATION.as_str(), format!("Bearer {token}")),
            None => request,
        }
    }
}
