//! Hosts, ports and origins as values: parsed once, and never compared as text (RFC 6454 §4, RFC 9110 §4.2.3).
//!
//! Origins, hosts and networks are values: parsed once, compared by scheme, host and port. `url` would be the library
//! for it, but it accepts what no browser sends (`https:\\host`, `0x7f.1`, blanks), and brings tables for international
//! names that browsers have already encoded; the part that is needed is small. Networks are those of `ipnet`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest host name, without a dot at its end (RFC 1035 §2.3.4).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// An origin: scheme, host and port, of which none is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) scheme: Scheme,
    host: Host,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// A host: a name in lower case, or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Name(String),
    Ip(IpAddr),
}

impl Scheme {
    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Origin {
    /// Parses `https://app.example[:port]`: nothing before it and nothing after it. `null` is no origin.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = match scheme {
            scheme if scheme.eq_ignore_ascii_case("https") => Scheme::Https,
            scheme if scheme.eq_ignore_ascii_case("http") => Scheme::Http,
            _ => return None,
        };
        let (host, port) = Host::with_port(authority)?;
        Some(Self { scheme, host, port: port.unwrap_or(scheme.port()) })
    }

    /// Returns whether a request to `authority` (the `Host` header) went to this origin, which must have the same
    /// scheme: `Host` does not say which one it was.
    pub(crate) fn is_at(&self, authority: &str) -> bool {
        Host::with_port(authority)
            .is_some_and(|(host, port)| host == self.host && port.unwrap_or(self.scheme.port()) == self.port)
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.host.is_loopback()
    }

    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "a relying party is a host"))]
    pub(crate) const fn host(&self) -> &Host {
        &self.host
    }

    /// Returns the origin as browsers write it (HTML, "serialization of an origin"): without the port of its scheme.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "passkeys compare texts"))]
    pub(crate) fn text(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let host = match &self.host {
            Host::Name(name) => name.clone(),
            Host::Ip(IpAddr::V4(ip)) => ip.to_string(),
            Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]"),
        };
        if self.port == self.scheme.port() {
            format!("{scheme}://{host}")
        } else {
            format!("{scheme}://{host}:{}", self.port)
        }
    }
}

impl Host {
    /// Parses `host[:port]`. An empty port is a missing one (RFC 3986 §3.2.3).
    pub(crate) fn with_port(authority: &str) -> Option<(Self, Option<u16>)> {
        let (host, rest) = if let Some(bracketed) = authority.strip_prefix('[') {
            let (address, rest) = bracketed.split_once(']')?;
            (Self::Ip(address.parse::<Ipv6Addr>().ok()?.into()), rest)
        } else {
            let (name, rest) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            (Self::named(name)?, rest)
        };
        let port = match rest.strip_prefix(':') {
            None if rest.is_empty() => None,
            Some("") => None,
            Some(digits) => Some(port(digits)?),
            None => return None,
        };
        Some((host, port))
    }

    /// Parses a name, or an IPv4 address. Browsers write international names as A-labels (`xn--…`), and every spelling
    /// of an IPv4 address with four decimal numbers, so other spellings name no host here. Like browsers, it allows
    /// underscores (names of services have them) and hyphens anywhere (names of people do), although the rules for new
    /// host names do not.
    fn named(name: &str) -> Option<Self> {
        let bare = name.strip_suffix('.').unwrap_or(name);
        let label = |label: &str| {
            let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            (1..=MAX_LABEL).contains(&label.len()) && label.bytes().all(inner)
        };
        if bare.len() > MAX_NAME || !bare.split('.').all(label) {
            return None;
        }
        if is_number(bare.rsplit('.').next().unwrap_or_default()) {
            return bare.parse::<Ipv4Addr>().ok().filter(|_| bare == name).map(|ip| Self::Ip(ip.into()));
        }
        Some(Self::Name(name.to_ascii_lowercase()))
    }

    /// Whether this is a name or an address of this machine (RFC 6761 §6.3).
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                name == "localhost" || name.ends_with(".localhost")
            }
            Self::Ip(ip) => ip.to_canonical().is_loopback(),
        }
    }
}

/// Whether browsers take a host whose last label this is for an IPv4 address.
fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    hexadecimal.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        || label.bytes().all(|byte| byte.is_ascii_digit())
}

/// Parses a port: digits only, and not zero, which nothing can listen on.
fn port(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|port| plain && *port != 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Host, Origin};

    fn same(one: &str, other: &str) -> bool {
        Origin::parse(one).unwrap() == Origin::parse(other).unwrap()
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert!(same("https://app.example", "HTTPS://APP.example:443") && same("http://a", "http://a:80"));
        assert!(same("https://a:", "https://a") && same("https://a:0443", "https://a"));
        assert!(same("https://[::1]", "https://[0:0::1]:443"));
        for (one, other) in [
            ("https://a", "http://a"),
            ("https://a", "https://a:80"),
            ("http://a", "http://a:443"),
            ("https://a:80", "http://a:80"),
            ("https://a", "https://a."),
            ("https://a", "https://b.a"),
            ("https://[::ffff:192.0.2.1]", "https://192.0.2.1"),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn loopback_is_a_name_or_an_address() {
        let is = |text: &str| Host::with_port(text).is_some_and(|(host, _)| host.is_loopback());
        for here in
            ["localhost", "LOCALHOST:1", "a.localhost", "localhost.", "127.9.9.9:80", "[::1]:9", "[::ffff:127.0.0.1]"]
        {
            assert!(is(here), "{here}");
        }
        for away in
            ["", "localhost.example", "xlocalhost", "128.0.0.1", "[::2]", "[::]", "0.0.0.0", "::1", "localhost:x"]
        {
            assert!(!is(away), "{away}");
        }
    }

    /// Names that browsers look up, and people use: the URL Standard checks no hyphens, and names of services have
    /// underscores (domain to ASCII with `CheckHyphens` and `UseSTD3ASCIIRules` off).
    #[test]
    fn names_that_real_hosts_have_are_hosts() {
        for host in [
            "shop_web_1",
            "shop_web_1:8080",
            "_dmarc.example.org",
            "web-.example.org",
            "-web.example.org",
            "r3---sn-4g5e6nez.example.org",
            "a--b",
            "web-",
            "1a",
            "xn--exmple-cua.org",
        ] {
            assert!(Host::with_port(host).is_some(), "{host}");
            assert!(Origin::parse(&format!("https://{host}")).is_some_and(|origin| origin.is_at(host)), "{host}");
        }
        for none in ["", ".", "a..b", ".a", "a b", "a%2db", "exämple.org", "a,b", "a*", "1.2.3", "0x7f.1", "1.2.3.4."]
        {
            assert!(Host::with_port(none).is_none(), "{none}");
        }
    }

    proptest! {
        /// What is neither of the two forms is refused, never guessed.
        #[test]
        fn only_origins_parse_as_origins(text in "\\PC{0,24}") {
            prop_assume!(!text.contains("://"));
            prop_assert_eq!(Origin::parse(&text), None);
        }

        #[test]
        fn authority_has_only_host_and_port(text in "[a-z0-9.:@/?#%*\\[\\]-]{0,24}") {
            if Host::with_port(&text).is_some() {
                prop_assert!(!text.contains(['@', '/', '?', '#', '%', '*']), "{}", text);
            }
        }

        #[test]
        fn case_and_the_default_port_make_no_difference(name in "[a-z][a-z0-9]{0,8}(\\.[a-z][a-z0-9]{0,8}){0,3}") {
            let (origin, upper) = (format!("https://{name}"), format!("{}:443", name.to_ascii_uppercase()));
            prop_assert_eq!(Origin::parse(&origin), Origin::parse(&format!("https://{upper}")));
            let (is_at, is_at_80) = {
                let origin = Origin::parse(&origin).unwrap();
                (origin.is_at(&upper), origin.is_at(&format!("{name}:80")))
            };
            prop_assert!(is_at && !is_at_80);
        }
    }
}
