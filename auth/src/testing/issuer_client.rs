use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, Request};

use super::{TestRequest, fail};

/// A client of an application whose people sign in at another issuer: somebody with a token of it, or an anonymous caller.
#[derive(Clone, Debug)]
pub struct IssuerClient {
    router: Router,
    token: Option<String>,
    ip: Option<IpAddr>,
}

impl IssuerClient {
    pub(super) fn new(router: &Router, token: Option<String>) -> Self {
        Self { router: router.clone(), token, ip: None }
    }

    /// Lets requests come from this address, as a server with connect info reports it.
    ///
    /// # Panics
    /// If it is no IP address.
    #[must_use]
    pub fn with_ip(mut self, ip: &str) -> Self {
        self.ip = Some(ip.parse().unwrap_or_else(|error| fail(format_args!("invalid address `{ip}`: {error}"))));
        self
    }

    /// Returns the token, to be sent some other way; empty if there is none.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// Starts a `GET` request.
    pub fn get(&self, path: &str) -> TestRequest {
        self.request(Method::GET, path)
    }

    /// Starts a `POST` request.
    pub fn post(&self, path: &str) -> TestRequest {
        self.request(Method::POST, path)
    }

    /// Starts a `PUT` request.
    pub fn put(&self, path: &str) -> TestRequest {
        self.request(Method::PUT, path)
    }

    /// Starts a `PATCH` request.
    pub fn patch(&self, path: &str) -> TestRequest {
        self.request(Method::PATCH, path)
    }

    /// Starts a `DELETE` request.
    pub fn delete(&self, path: &str) -> TestRequest {
        self.request(Method::DELETE, path)
    }

    /// Starts a request with any method.
    ///
    /// # Panics
    /// If `path` is invalid.
    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        self.present(TestRequest::new(self.router.clone(), method, path))
    }

    /// Starts a request that has been built already, with this client's token added.
    pub fn execute(&self, request: Request<impl Into<Body>>) -> TestRequest {
        self.present(TestRequest::of(self.router.clone(), request.map(Into::into)))
    }

    fn present(&self, request: TestRequest) -> TestRequest {
        let request = match self.ip {
            // Any port of a client will do.
            Some(ip) => request.with_extension(ConnectInfo(SocketAddr::new(ip, 49_152))),
            None => request,
        };
        match &self.token {
            Some(token) => request.header(AUTHORIZATION.as_str(), format!("Bearer {token}")),
            None => request,
        }
    }
}
