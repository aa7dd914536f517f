//! The client's address, as far as a request tells. Nothing else determines it.
//!
//! Forwarding headers are read only if a proxy is named. One header is read, not both: a proxy that writes one passes the
//! other through as the client sent it.

#[cfg(fuzzing)]
pub(crate) mod fuzz;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{ACCEPT_LANGUAGE, FORWARDED, HeaderName, USER_AGENT};
use axum::http::request::Parts;

use super::gate::Gate;
use crate::http::state::{AuthState, InState};
use crate::model::client_info::ClientInfo;
use crate::model::client_ip::{TrustedProxies, is_near};
use crate::model::forwarding;
use crate::model::locale::Locale;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Returns who sent the request: the peer address (if the server was started with connect info, as `auth::serve` does)
/// or the address that trusted proxies report, and the `User-Agent`.
pub(crate) fn client(parts: &Parts, gate: &impl Gate) -> ClientInfo {
    let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let locale = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).map(Locale::from_header);
    ClientInfo::new(address(parts, &gate.http().proxies), user_agent).with_locale(locale.unwrap_or_default())
}

fn address(parts: &Parts, proxies: &TrustedProxies) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if !proxies.is_set() {
        let peer = peer.map(|ip| ip.to_canonical());
        if peer.is_some_and(is_near) && [X_FORWARDED_FOR, FORWARDED].iter().any(|name| parts.headers.contains_key(name))
        {
            warn_of_unknown_proxy();
        }
        return peer;
    }
    if proxies.reads_forwarded() {
        return proxies.client(peer, forwarding::forwarded(values(parts, FORWARDED)));
    }
    proxies.client(peer, forwarding::x_forwarded_for(values(parts, X_FORWARDED_FOR)))
}

/// Returns the values of a header; one that is not text counts as one unreadable entry.
fn values(parts: &Parts, name: HeaderName) -> Vec<Option<&str>> {
    parts.headers.get_all(name).iter().map(|value| value.to_str().ok()).collect()
}

/// Warns once that there seems to be a proxy that is not configured. Its headers are ignored.
fn warn_of_unknown_proxy() {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        tracing::warn!(target: "auth::limit",
            "requests arrive through a reverse proxy that is not configured: all clients have its address and share \
             its rate limits, so one of them can lock out the others; configure \
             `.trusted_proxies(TrustedProxies::count(1))`, or the network of the proxy");
    }
}

/// Lets your own handlers pass a [`ClientInfo`] to methods of `Auth`.
impl<S> FromRequestParts<S> for ClientInfo
where
    S: AuthState + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(client(parts, &<S::User as InState<S>>::gate(state)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(proxies: &TrustedProxies, peer: Option<&str>, headers: &[(&str, &[u8])]) -> Option<String> {
        let mut request = axum::http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        if let Some(peer) = peer {
            parts.extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 9)));
        }
        address(&parts, proxies).map(|ip| ip.to_string())
    }

    fn forwarded_for(proxies: &TrustedProxies, peer: &str, value: &str) -> String {
        seen(proxies, Some(peer), &[("x-forwarded-for", value.as_bytes())]).unwrap()
    }

    #[test]
    fn http_16_headers_are_ignored_unless_proxies_are_named() {
        let nobody = TrustedProxies::default();
        let headers: [(&str, &[u8]); 3] =
            [("x-forwarded-for", b"203.0.113.7"), ("forwarded", b"for=203.0.113.7"), ("x-real-ip", b"203.0.113.7")];
        assert_eq!(seen(&nobody, Some("192.0.2.1"), &headers).unwrap(), "192.0.2.1");
        assert_eq!(seen(&nobody, None, &headers), None);
        // The other header is just what the client wrote.
        assert_eq!(seen(&TrustedProxies::count(1), Some("192.0.2.1"), &headers[1..]).unwrap(), "192.0.2.1");
        let forwarded = TrustedProxies::count(1).forwarded_header();
        assert_eq!(seen(&forwarded, Some("192.0.2.1"), &headers[..1]).unwrap(), "192.0.2.1");
    }

    #[test]
    fn proxies_are_counted_from_the_right() {
        let list = "198.51.100.1, 203.0.113.7, 10.0.0.2";
        assert_eq!(forwarded_for(&TrustedProxies::count(1), "10.0.0.1", list), "10.0.0.2");
        assert_eq!(forwarded_for(&TrustedProxies::count(2), "10.0.0.1", list), "203.0.113.7");
        assert_eq!(forwarded_for(&TrustedProxies::count(9), "10.0.0.1", list), "198.51.100.1");
        let several: [(&str, &[u8]); 2] =
            [("x-forwarded-for", b"1.2.3.4, 203.0.113.7"), ("x-forwarded-for", b"10.0.0.2")];
        assert_eq!(seen(&TrustedProxies::count(2), Some("10.0.0.1"), &several).unwrap(), "203.0.113.7");
        assert_eq!(seen(&TrustedProxies::count(1), None, &several).unwrap(), "10.0.0.2");
    }

    #[test]
    fn networks_are_believed_as_far_as_they_reach() {
        let inside = TrustedProxies::networks(["10.0.0.0/8", "2001:db8::/48"]);
        let list = "10.9.9.9, 203.0.113.7, 10.0.0.2";
        assert_eq!(forwarded_for(&inside, "10.0.0.1", list), "203.0.113.7");
        assert_eq!(forwarded_for(&inside, "::ffff:10.0.0.1", list), "203.0.113.7");
        assert_eq!(forwarded_for(&inside, "2001:db8::9", list), "203.0.113.7");
        assert_eq!(forwarded_for(&inside, "192.0.2.1", list), "192.0.2.1", "who is no proxy says nothing");
        assert_eq!(seen(&inside, None, &[("x-forwarded-for", b"203.0.113.7")]), None);
    }

    #[test]
    fn what_cannot_be_read_ends_the_walk() {
        let two = TrustedProxies::count(2);
        let long = format!("{}203.0.113.7", " ".repeat(3) + &"0".repeat(200));
        for wrong in
            ["unknown", "", "203.0.113.256", "203.0.113.7:99999", "[203.0.113.7]", "fe80::1%eth0", "_hidden", &long]
        {
            assert_eq!(forwarded_for(&two, "10.0.0.1", &format!("{wrong}, 10.0.0.2")), "10.0.0.2", "{wrong}");
            assert_eq!(forwarded_for(&two, "10.0.0.1", wrong), "10.0.0.1", "{wrong}");
        }
        let bytes: [(&str, &[u8]); 1] = [("x-forwarded-for", b"\xff, 10.0.0.2")];
        assert_eq!(seen(&two, Some("10.0.0.1"), &bytes).unwrap(), "10.0.0.1");
    }

    #[test]
    fn addresses_come_with_ports_brackets_and_quotes() {
        let one = TrustedProxies::count(1);
        for (written, meant) in [
            ("203.0.113.7:4711", "203.0.113.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
        ] {
            assert_eq!(forwarded_for(&one, "10.0.0.1", written), meant);
        }
        let forwarded = TrustedProxies::count(1).forwarded_header();
        for (written, meant) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("proto=https; for=192.0.2.60:1", "192.0.2.60"),
            ("for=1.2.3.4, for=192.0.2.60", "192.0.2.60"),
            ("for=\"1.2.3.4, for=192.0.2.60", "192.0.2.60"),
            ("for=1.2.3.4, for=\"192.0.2.60\";host=\"a,b\"", "192.0.2.60"),
            ("for=_secret", "10.0.0.1"),
            // A host name sent by the client cannot become an address.
            ("proto=http;host=\"x;for=6.6.6.6;y\";for=192.0.2.60", "192.0.2.60"),
            ("proto=http;host=\"a\\\"b,c\";for=192.0.2.60", "192.0.2.60"),
            ("for=1.2.3.4, host=\"a\\\"b\";for=192.0.2.60", "192.0.2.60"),
            ("proto=http;host=x;for=6.6.6.6;for=\"192.0.2.60:57270\"", "10.0.0.1"),
            ("host=\"x\"y;for=192.0.2.60", "10.0.0.1"),
            ("host=\"x;for=192.0.2.60", "10.0.0.1"),
            ("for=6.6.6.6=x;proto=http", "10.0.0.1"),
            ("for=192.0.2.60;", "192.0.2.60"),
            ("proto=https", "10.0.0.1"),
        ] {
            let headers = [("forwarded", written.as_bytes())];
            assert_eq!(seen(&forwarded, Some("10.0.0.1"), &headers).unwrap(), meant, "{written}");
        }
    }
}
