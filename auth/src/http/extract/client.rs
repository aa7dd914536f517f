//! The client's address, as far as a request tells. Nothing else determines it.
//!
//! Forwarding headers are read from the right, and only if a proxy is named. One header is read, not both: a proxy that
//! writes one passes the other through as the client sent it.

#[cfg(fuzzing)]
pub(crate) mod fuzz;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::{FORWARDED, HeaderName, USER_AGENT};
use axum::http::request::Parts;

use crate::auth::Auth;
use crate::http::state::{AuthState, InState};
use crate::model::client_info::ClientInfo;
use crate::model::client_ip::{TrustedProxies, is_near};
use crate::model::user::AuthUser;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The maximum length of an address, with port, brackets and quotes. Longer entries are not parsed.
const MOST_CHARS: usize = 64;

/// Returns who sent the request: the peer address (if the server was started with connect info, as `auth::serve` does)
/// or the address that trusted proxies report, and the `User-Agent`.
pub(crate) fn client<U: AuthUser>(parts: &Parts, auth: &Auth<U>) -> ClientInfo {
    let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    ClientInfo::new(address(parts, &auth.http().proxies), user_agent)
}

fn address(parts: &Parts, proxies: &TrustedProxies) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if !proxies.is_set() {
        let peer = peer.map(|ip| ip.to_canonical());
        if peer.is_some_and(is_near) && [X_FORWARDED_FOR, FORWARDED].iter().any(|name| parts.headers.contains_key(name))
        {
            warn_of_a_proxy();
        }
        return peer;
    }
    if proxies.reads_forwarded() {
        return proxies.client(peer, from_the_right(&parts.headers, FORWARDED).map(|entry| node(entry?)));
    }
    proxies.client(peer, from_the_right(&parts.headers, X_FORWARDED_FOR).map(|entry| ip(entry?)))
}

/// Warns once that there seems to be a proxy that is not configured. Its headers are ignored.
fn warn_of_a_proxy() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if !TOLD.swap(true, Ordering::Relaxed) {
        tracing::warn!(target: "auth::limit",
            "requests arrive through a reverse proxy that is not configured: all clients have its address and share \
             its rate limits, so one of them can lock out the others; configure \
             `.trusted_proxies(TrustedProxies::count(1))`, or the network of the proxy");
    }
}

/// Iterates over the entries of a list header, last one first; several headers with the same name form one list
/// (RFC 9110 §5.3). A header that is not text counts as one unreadable entry.
///
/// The header is split from the right, quotes included: its right end was written by a trusted proxy, and nothing to
/// the left of that can change how it is parsed.
fn from_the_right(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = Option<&str>> {
    let mut values: Vec<Option<&str>> = headers.get_all(name).iter().map(|value| value.to_str().ok()).collect();
    let mut rest: Option<&str> = None;
    std::iter::from_fn(move || {
        let text = match rest.take() {
            Some(text) => text,
            None => match values.pop()? {
                Some(text) => text,
                None => return Some(None),
            },
        };
        let mut quoted = false;
        let comma = text.char_indices().rev().find_map(|(place, c)| {
            quoted ^= c == '"' && !is_escaped(text, place);
            (c == ',' && !quoted).then_some(place)
        });
        let entry = match comma {
            Some(place) => {
                rest = text.get(..place);
                text.get(place + 1..).unwrap_or_default()
            }
            None => text,
        };
        Some(Some(entry.trim()))
    })
}

/// Whether an odd number of backslashes precedes the character: within quotes, it then ends nothing.
fn is_escaped(text: &str, place: usize) -> bool {
    text.get(..place).is_some_and(|before| before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1)
}

/// Returns the address in `for=` of one element of `Forwarded` (RFC 7239 §4): `for="[2001:db8::1]:4711";proto=https`.
///
/// Other values of the element may come from the client (`host`), so they are parsed by the grammar. An element that is
/// malformed or has two addresses yields none.
fn node(element: &str) -> Option<IpAddr> {
    let (mut found, mut rest) = (None, element);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after.trim_start())?;
        if name.trim().eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
        let after = after.trim_start();
        rest = if after.is_empty() { after } else { after.strip_prefix(';')? };
    }
    ip(found?)
}

/// Splits off one value: a quoted string, or everything up to the next semicolon. (A token may contain neither colons
/// nor brackets, but addresses are also written without quotes.)
fn value(text: &str) -> Option<(&str, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at(text.find(';').unwrap_or(text.len()));
        return (!value.contains(['"', '='])).then_some((value.trim_end(), rest));
    };
    let end = quoted.char_indices().find(|(place, c)| *c == '"' && !is_escaped(quoted, *place))?.0;
    let (value, rest) = (quoted.get(..end)?, quoted.get(end + 1..)?);
    // An escaped value is not an address, and no other value is used.
    Some((value, rest))
}

/// Parses an address, with or without brackets and port.
fn ip(text: &str) -> Option<IpAddr> {
    if text.len() > MOST_CHARS {
        return None;
    }
    let in_brackets = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let bare = in_brackets.map_or_else(|| text.parse().ok(), |text| text.parse().ok().map(IpAddr::V6));
    bare.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// Lets your own handlers pass a [`ClientInfo`] to methods of `Auth`.
impl<S> FromRequestParts<S> for ClientInfo
where
    S: AuthState + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(client(parts, &<S::User as InState<S>>::auth(state)))
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
