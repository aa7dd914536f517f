//! What a fuzzer asks about forwarding headers.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::header::FORWARDED;
use axum::http::request::Parts;

use super::{TrustedProxies, X_FORWARDED_FOR, address};
use crate::model::forwarding::{entries, ip, node};

/// Returns the client behind `proxies` of a request that came from `peer`.
#[must_use]
pub fn client(mut parts: Parts, peer: Option<IpAddr>, proxies: &TrustedProxies) -> Option<IpAddr> {
    if let Some(peer) = peer {
        parts.extensions.insert(ConnectInfo(SocketAddr::new(peer, 1)));
    }
    address(&parts, proxies)
}

/// Returns the entries of `Forwarded`, last one first.
#[must_use]
pub fn forwarded(headers: &HeaderMap) -> Vec<Option<&str>> {
    entries(headers.get_all(FORWARDED).iter().map(|value| value.to_str().ok()).collect()).collect()
}

/// Returns the entries of `X-Forwarded-For`, last one first.
#[must_use]
pub fn forwarded_for(headers: &HeaderMap) -> Vec<Option<&str>> {
    entries(headers.get_all(X_FORWARDED_FOR).iter().map(|value| value.to_str().ok()).collect()).collect()
}

/// Reads an element of `Forwarded`.
#[must_use]
pub fn element(text: &str) -> Option<IpAddr> {
    node(text)
}

/// Reads an entry of `X-Forwarded-For`.
#[must_use]
pub fn entry(text: &str) -> Option<IpAddr> {
    ip(text)
}
