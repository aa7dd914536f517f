//! Where the pages of the application are: the only source of links in mail (OTK-08). A `Host` header is written by
//! whoever sends the request, and would let strangers have links to their own host mailed to our users.

use crate::model::origin::Origin;

/// Where the links in mail have their token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkStyle {
    /// `…/reset#t=…`: in the fragment, which browsers send to no server, neither in a request nor as `Referer`. The page
    /// needs a script that reads it.
    #[default]
    Fragment,
    /// `…/reset?t=…`: in the query, for pages that work without a script. It reaches your server and whatever logs the
    /// requests to it, so send `Referrer-Policy: no-referrer` with these pages and keep queries out of logs. A `GET` must
    /// only show a form that posts it: scanners of mail open every link.
    Query,
}

/// The address below which the application's pages are, without a slash at its end.
#[derive(Clone, Debug)]
pub(crate) struct BaseUrl {
    text: String,
    host: String,
    is_loopback: bool,
}

impl BaseUrl {
    /// Reads `https://app.example` or `https://app.example/account`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("the base URL `{}` {why}", text.escape_debug()));
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong("is not of the form `https://app.example`");
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let Some(origin) = Origin::parse(&format!("{scheme}://{authority}")) else {
            return wrong("is not of the form `https://app.example`");
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
        if !path.bytes().all(plain) {
            return wrong("has more than scheme, host, port and a plain path");
        }
        if scheme.eq_ignore_ascii_case("http") && !origin.is_loopback() {
            return wrong(
                "begins with `http`: anybody who reads a link on its way can use it. Use `https`; `http` is for \
                          localhost",
            );
        }
        let bare = authority.trim_start_matches('[').split([']', ':']).next().unwrap_or_default();
        let host = if authority.starts_with('[') { "localhost" } else { bare.trim_end_matches('.') };
        let text = format!("{}://{authority}/{path}", scheme.to_ascii_lowercase());
        Ok(Self {
            text: text.trim_end_matches('/').to_owned(),
            host: host.to_ascii_lowercase(),
            is_loopback: origin.is_loopback(),
        })
    }

    /// Returns the link to a page with a token.
    pub(crate) fn link(&self, page: &str, token: &str, style: LinkStyle) -> String {
        let before = match style {
            LinkStyle::Fragment => '#',
            LinkStyle::Query => '?',
        };
        format!("{}/{page}{before}t={token}", self.text)
    }

    /// Whether the pages are on this machine.
    pub(crate) const fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// The name by which letters call the application, and the right part of message ids.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

#[cfg(test)]
mod tests {
    use super::{BaseUrl, LinkStyle};

    #[test]
    fn otk_08_and_otk_10_links_have_our_host_and_hide_tokens() {
        for (base, link) in [
            ("https://app.example", "https://app.example/reset#t=x"),
            ("https://app.example/", "https://app.example/reset#t=x"),
            ("HTTPS://app.example:8443/my/account/", "https://app.example:8443/my/account/reset#t=x"),
            ("http://localhost:3000", "http://localhost:3000/reset#t=x"),
            ("http://[::1]:3000", "http://[::1]:3000/reset#t=x"),
        ] {
            assert_eq!(BaseUrl::parse(base).unwrap().link("reset", "x", LinkStyle::Fragment), link);
        }
        let base = BaseUrl::parse("https://app.example").unwrap();
        assert_eq!(base.link("reset", "x", LinkStyle::Query), "https://app.example/reset?t=x");
        assert_eq!(BaseUrl::parse("https://App.example:8443/a").unwrap().host(), "app.example");
    }

    #[test]
    fn what_is_no_https_address_is_refused() {
        for bad in [
            "",
            "app.example",
            "http://app.example",
            "https://",
            "https:///reset",
            "https://user@app.example",
            "https://app.example?x=1",
            "https://app.example/#top",
            "https://app.example/a b",
            "https://app.example/\"><b>",
            "javascript://app.example",
            "https://app.example\n.evil.example",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad:?}");
        }
    }
}
