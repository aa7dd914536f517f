//! Issuers that are URLs, at which others find their keys (RFC 8414 §2).

use super::origin::{Origin, Scheme};

/// An `https` URL without query and fragment; on this machine, `http` will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssuerUrl {
    origin: String,
    /// Empty, or `/` and more, without a `/` at its end.
    path: String,
}

impl IssuerUrl {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let start = text.find("://")? + 3;
        let end = text.get(start..)?.find('/').map_or(text.len(), |slash| start + slash);
        let (origin, path) = text.split_at_checked(end)?;
        let parsed = Origin::parse(origin)?;
        let is_safe = parsed.scheme == Scheme::Https || parsed.is_loopback();
        (is_safe && is_path(path))
            .then(|| Self { origin: origin.to_owned(), path: path.trim_end_matches('/').to_owned() })
    }

    /// Whether it is on this machine.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "for people who deploy the application"))]
    pub(crate) fn is_loopback(&self) -> bool {
        Origin::parse(&self.origin).is_some_and(|origin| origin.is_loopback())
    }

    /// Returns scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the path: empty, or with a `/` in front and none behind.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// Whether these are segments of unreserved characters (RFC 3986 §2.3), which a router takes as they are.
fn is_path(path: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut segments = path.trim_end_matches('/').split('/').skip(1);
    segments.all(|segment| !matches!(segment, "" | "." | "..") && segment.bytes().all(inner))
}

#[cfg(test)]
mod tests {
    use super::IssuerUrl;

    #[test]
    fn an_issuer_is_an_https_url_without_query() {
        for (text, origin, path) in [
            ("https://shop.example.org", "https://shop.example.org", ""),
            ("https://shop.example.org/", "https://shop.example.org", ""),
            ("https://shop.example.org:8443/realms/a-b_c", "https://shop.example.org:8443", "/realms/a-b_c"),
            ("http://localhost:3000", "http://localhost:3000", ""),
            ("http://[::1]:3000/x/", "http://[::1]:3000", "/x"),
        ] {
            let url = IssuerUrl::parse(text).unwrap();
            assert_eq!((url.origin(), url.path()), (origin, path), "{text}");
        }
        for text in [
            "",
            "shop",
            "http://shop.example.org",
            "ftp://localhost",
            "https://",
            "https:///x",
            "https://shop.example.org?x",
            "https://shop.example.org/?x",
            "https://shop.example.org/#x",
            "https://user@shop.example.org",
            "https://shop.example.org/a//b",
            "https://shop.example.org/../x",
            "https://shop.example.org/{x}",
            "https://shop.example.org/a b",
        ] {
            assert_eq!(IssuerUrl::parse(text), None, "{text}");
        }
    }
}
