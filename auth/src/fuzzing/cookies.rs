//! Cookies, and the origins that may act with them.

use std::fmt::Debug;
use std::net::IpAddr;

use axum::http::request::Parts;

use crate::base::error::AuthError;
use crate::http_settings::{CookieSettings, Cookies};
use crate::model::origin::{Host, Origin};

/// The cookies of a user type called `User`.
#[derive(Debug)]
pub struct Jar(Cookies);

impl Jar {
    /// With these settings.
    #[must_use]
    pub fn new(settings: CookieSettings) -> Self {
        Self(Cookies::for_realm("User", Some(settings)))
    }

    /// Returns the access token of a request.
    ///
    /// # Errors
    /// If there are several, or one that no browser sends.
    pub fn access<'a>(&self, parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        self.0.access_token(parts)
    }

    /// Whether the request may act with cookies.
    #[must_use]
    pub fn admits(&self, parts: &Parts) -> bool {
        self.0.check_origin(parts).is_ok()
    }
}

/// Reads an origin.
#[must_use]
pub fn origin(text: &str) -> Option<impl PartialEq + Debug + use<>> {
    Origin::parse(text)
}

/// Whether a request to `authority` went to this origin.
#[must_use]
pub fn is_at(origin: &str, authority: &str) -> bool {
    Origin::parse(origin).is_some_and(|origin| origin.is_at(authority))
}

/// Reads a host and port: the name or address as text, whether it is this machine, and the port.
#[must_use]
pub fn authority(text: &str) -> Option<(String, bool, Option<u16>)> {
    let (host, port) = Host::with_port(text)?;
    let local = host.is_loopback();
    let text = match host {
        Host::Name(name) => name,
        Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]"),
        Host::Ip(ip) => ip.to_string(),
    };
    Some((text, local, port))
}
