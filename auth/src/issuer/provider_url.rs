//! Where an issuer is: which URLs are ever requested.
//!
//! Whoever answers there decides who may sign tokens, so the connection must be encrypted, unless it stays on this machine
//! or the application says otherwise by name. Link-local addresses are never requested: at one of them, clouds hand out
//! the credentials of the machine.

use std::net::{IpAddr, Ipv6Addr};

use crate::model::origin::{Host, Origin, Scheme};

/// How much of a URL is shown in an error: an issuer's metadata may be long.
const SHOWN: usize = 200;

/// A URL that may be requested.
#[derive(Clone, Debug)]
pub(super) struct ProviderUrl {
    text: String,
    is_loopback: bool,
}

impl ProviderUrl {
    /// Reads a URL, `insecure` says that `http` is allowed everywhere.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str, insecure: bool) -> Result<Self, String> {
        let shown: String = text.chars().take(SHOWN).collect();
        let wrong = |why: &str| Err(format!("the URL `{}` {why}", shown.escape_debug()));
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong("is not of the form `https://sso.example.org/realms/shop`");
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let Some(origin) = Origin::parse(&format!("{scheme}://{authority}")) else {
            return wrong("is not of the form `https://sso.example.org/realms/shop`");
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%:@!$&'()*+,;=?".contains(&byte);
        if !path.bytes().all(plain) {
            return wrong("has a fragment, or characters that need escapes");
        }
        if let Host::Ip(ip) = origin.host()
            && is_never_asked(*ip)
        {
            return wrong("is link-local, or the address of no machine: nothing there issues tokens");
        }
        if origin.scheme == Scheme::Http && !origin.is_loopback() && !insecure {
            return wrong(
                "begins with `http`: anybody on the way to it could issue tokens. Use `https`; `http` is for this \
                 machine, and inside a cluster for issuers with `insecure_http()`",
            );
        }
        Ok(Self { text: text.to_owned(), is_loopback: origin.is_loopback() })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is on this machine.
    pub(super) const fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Returns a URL below this one.
    pub(super) fn below(&self, path: &str) -> Self {
        Self { text: format!("{}/{path}", self.text.trim_end_matches('/')), ..*self }
    }
}

/// Whether nothing is ever requested there: link-local addresses (RFC 3927, RFC 4291 §2.5.6), also by way of NAT64
/// (RFC 6052 §2.1); the one at which a cloud hands out credentials over IPv6; and no address at all, which is this machine.
pub(super) fn is_never_asked(ip: IpAddr) -> bool {
    const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => {
            ip.is_unicast_link_local()
                || ip.is_unspecified()
                || ip == METADATA
                || translated(ip).is_some_and(is_never_asked)
        }
    }
}

/// Returns the address of IPv4 that NAT64 makes of this one.
fn translated(ip: Ipv6Addr) -> Option<IpAddr> {
    let (prefix, v4) = ip.octets().split_last_chunk::<4>().map(|(prefix, v4)| (prefix.to_vec(), *v4))?;
    (prefix == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]).then(|| IpAddr::from(v4))
}

#[cfg(test)]
mod tests {
    use super::ProviderUrl;

    #[test]
    fn key_12_only_encrypted_or_local_urls_are_requested() {
        for fine in [
            "https://sso.example.org/realms/shop",
            "https://sso.example.org:8443/",
            "https://login.example/keys?p=b2c_1_signin",
            "https://10.1.2.3/realms/shop",
            "http://localhost:8080/realms/shop",
            "http://127.0.0.1:8080",
            "http://[::1]:8080/x",
        ] {
            assert_eq!(ProviderUrl::parse(fine, false).map(|url| url.text).as_deref(), Ok(fine));
        }
        let in_cluster = "http://keycloak:8080/realms/shop";
        assert!(ProviderUrl::parse(in_cluster, false).is_err() && ProviderUrl::parse(in_cluster, true).is_ok());
        for bad in [
            "",
            "sso.example.org",
            "//sso.example.org",
            "ftp://sso.example.org",
            "file:///etc/passwd",
            "https://",
            "https:///x",
            "https://user:password@sso.example.org",
            "https://sso.example.org#x",
            "https://sso.example.org/a b",
            "https://sso.example.org/\r\nhost: x",
            "https://sso.example.org\\x",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://169.254.169.254/latest/meta-data",
            "http://169.254.169.254/latest/meta-data",
            "https://[fe80::1]/",
            "https://0.0.0.0/",
            "http://[::]:8080/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[fd00:ec2::254]/latest/meta-data",
            "https://[::ffff:169.254.169.254]/",
        ] {
            assert!(ProviderUrl::parse(bad, true).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn long_urls_are_cut_in_errors() {
        let long = format!("https://169.254.169.254/{}", "x".repeat(200 << 10));
        let error = ProviderUrl::parse(&long, false).unwrap_err();
        assert!(error.len() < 400 && error.contains("169.254.169.254"), "{}", error.len());
    }

    #[test]
    fn paths_are_appended_with_one_slash() {
        for issuer in ["https://sso.example.org/a", "https://sso.example.org/a/"] {
            let below = ProviderUrl::parse(issuer, false).unwrap().below(".well-known/openid-configuration");
            assert_eq!(below.as_str(), "https://sso.example.org/a/.well-known/openid-configuration");
        }
    }
}
