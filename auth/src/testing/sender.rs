//! What the clients of both test kits have in common: requests to a router without a socket, from an address.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};

use super::{TestRequest, fail};

/// Begins requests.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    router: Router,
    /// The address that requests come from.
    ip: Option<IpAddr>,
}

impl Sender {
    pub(super) fn to(router: &Router) -> Self {
        Self { router: router.clone(), ip: None }
    }

    pub(super) fn at_ip(self, ip: &str) -> Self {
        let ip = ip.parse().unwrap_or_else(|error| fail(format_args!("invalid address `{ip}`: {error}")));
        Self { ip: Some(ip), ..self }
    }

    pub(super) fn request(&self, method: Method, path: &str) -> TestRequest {
        self.addressed(TestRequest::new(self.router.clone(), method, path))
    }

    pub(super) fn execute(&self, request: Request<impl Into<Body>>) -> TestRequest {
        self.addressed(TestRequest::of(self.router.clone(), request.map(Into::into)))
    }

    fn addressed(&self, request: TestRequest) -> TestRequest {
        match self.ip {
            // Any port of a client will do.
            Some(ip) => request.with_extension(ConnectInfo(SocketAddr::new(ip, 49_152))),
            None => request,
        }
    }
}

/// The methods with which a client begins requests. The type has a `sender`, and a method `present` that adds its token.
macro_rules! begins_requests {
    () => {
        /// Lets requests come from this address, as a server with connect info reports it: for limits per address, events
        /// and lists of sessions. Without it, the address is unknown. With
        /// [`trusted_proxies`](crate::AuthBuilder::trusted_proxies), it is that of the proxy, and the client's is in a
        /// header.
        ///
        /// # Panics
        /// If it is no IP address.
        #[must_use]
        pub fn with_ip(self, ip: &str) -> Self {
            let sender = self.sender.clone().at_ip(ip);
            Self { sender, ..self }
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
            self.present(self.sender.request(method, path))
        }

        /// Starts a request that has been built already, with this client's token added.
        pub fn execute(&self, request: Request<impl Into<Body>>) -> TestRequest {
            self.present(self.sender.execute(request))
        }
    };
}

pub(super) use begins_requests;
