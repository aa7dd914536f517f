//! The mail server: where it is, how the connection is protected, and who signs in.
//!
//! No message here has the address that was given: there is a password in it.

use std::fmt;
use std::net::IpAddr;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters, TlsParametersBuilder};
use percent_encoding::percent_decode_str;
use rustls::crypto::CryptoProvider;
use url::Url;

/// How the address of a server is written.
pub(super) const LIKE: &str = "write it as `smtps://user:password@mail.example` (TLS from the start, port 465) or \
                               `smtp://user:password@mail.example` (STARTTLS, port 587)";

/// How a connection is protected.
#[derive(Clone)]
pub(super) enum Protection {
    /// Nothing leaves this machine.
    Loopback,
    /// The server is asked for TLS, and nothing is said without it.
    StartTls(TlsParameters),
    /// TLS from the start.
    Tls(TlsParameters),
}

#[derive(Clone)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) protection: Protection,
    pub(super) credentials: Option<Credentials>,
    roots: Vec<Certificate>,
}

impl Server {
    /// Reads the address of a server.
    ///
    /// # Errors
    /// What is wrong with it, and how it is written.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("the address of the mail server {why}: {LIKE}");
        let encoded = |why: &str| {
            format!(
                "the address of the mail server {why}. In user and password, `@` is written as `%40`, `/` as `%2F`, \
                 `#` as `%23`, `?` as `%3F`, `:` as `%3A` and `%` as `%25`; apart from that, {LIKE}"
            )
        };
        let url = Url::parse(text.trim()).map_err(|error| encoded(&format!("cannot be read ({error})")))?;
        let from_start = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(wrong("begins with neither `smtps://` nor `smtp://`")),
        };
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(wrong("names no host"));
        }
        if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte)) {
            return Err(encoded("has a host that is none (one beyond ASCII is written in A-labels, `xn--…`)"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(encoded("has something after host and port, and nothing is set there"));
        }
        let is_loopback =
            host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        let port = url.port().unwrap_or(match (from_start, is_loopback) {
            (true, _) => 465,
            (false, false) => 587,
            (false, true) => 25,
        });
        match (from_start, port) {
            (false, 465) => return Err(wrong("has port 465, where TLS comes first, and begins with `smtp://`")),
            (true, 25 | 587) => {
                return Err(wrong(&format!("has port {port}, where STARTTLS is spoken, and begins with `smtps://`")));
            }
            _ => {}
        }
        let protection = match (from_start, is_loopback) {
            (true, _) => Protection::Tls(tls(host, &[])?),
            (false, false) => Protection::StartTls(tls(host, &[])?),
            (false, true) => Protection::Loopback,
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) => return Err(wrong("has a password and no user")),
            (_, None | Some("")) => return Err(wrong("has a user and no password")),
            (user, Some(password)) => {
                let decoded = |text: &str| {
                    let text = percent_decode_str(text).decode_utf8().ok()?;
                    (!text.chars().any(char::is_control)).then(|| text.into_owned())
                };
                let (Some(user), Some(password)) = (decoded(user), decoded(password)) else {
                    return Err(wrong("has a user or password that is no text once it is decoded"));
                };
                Some(Credentials::new(user, password))
            }
        };
        Ok(Self { host: host.to_ascii_lowercase(), port, protection, credentials, roots: Vec::new() })
    }

    /// Also trusts these certificates.
    pub(super) fn trusting(mut self, pem: &[u8]) -> Result<Self, String> {
        let wrong = || "the root certificate of the mail server is no PEM (`-----BEGIN CERTIFICATE-----` …)".to_owned();
        if !pem.windows(BEGIN.len()).any(|part| part == BEGIN) {
            return Err(wrong());
        }
        self.roots.push(Certificate::from_pem(pem).map_err(|_| wrong())?);
        let tls = tls(&self.host, &self.roots)?;
        self.protection = match self.protection {
            Protection::Loopback => Protection::Loopback,
            Protection::StartTls(_) => Protection::StartTls(tls),
            Protection::Tls(_) => Protection::Tls(tls),
        };
        Ok(self)
    }
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protection = match self.protection {
            Protection::Loopback => "none, to loopback",
            Protection::StartTls(_) => "STARTTLS",
            Protection::Tls(_) => "TLS",
        };
        f.debug_struct("Server")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("protection", &protection)
            .finish_non_exhaustive()
    }
}

fn tls(host: &str, roots: &[Certificate]) -> Result<TlsParameters, String> {
    // lettre panics without one.
    if !cfg!(feature = "aws-lc-rs") && CryptoProvider::get_default().is_none() {
        return Err("mail over TLS needs cryptography: enable the feature `aws-lc-rs` of `auth`, or install a \
                    provider of rustls (`CryptoProvider::install_default`) first"
            .to_owned());
    }
    let builder = TlsParameters::builder(host.to_owned());
    let builder = roots.iter().cloned().fold(builder, TlsParametersBuilder::add_root_certificate);
    builder.build().map_err(|error| format!("the connection to the mail server cannot be protected by TLS: {error}"))
}
