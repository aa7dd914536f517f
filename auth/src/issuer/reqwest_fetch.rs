//! The HTTP client that is used if the application sets none: reqwest, with rustls.
//!
//! It knows proxies (`HTTPS_PROXY`, `NO_PROXY`) and the roots of the operating system, which companies add to. Rustls panics
//! if a program has two providers of cryptography and none was chosen; reqwest then takes AWS-LC by name, and without the
//! feature `aws-lc-rs` the application's choice is asked for before anything is built.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use rustls::crypto::CryptoProvider;

use super::fetch::{CONNECT_TIMEOUT, DynFetch, Fetch, FetchError, FetchRequest, FetchResponse};
use super::provider_url::is_never_asked;

/// How long a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(15);

/// Returns the client of this build.
pub(super) fn default_fetch() -> Result<Option<DynFetch>, String> {
    ReqwestFetch::new().map(|fetch| Some(DynFetch::new(fetch)))
}

struct ReqwestFetch(Client);

impl ReqwestFetch {
    fn new() -> Result<Self, String> {
        if !cfg!(feature = "aws-lc-rs") && CryptoProvider::get_default().is_none() {
            return Err("TLS needs cryptography: enable the feature `aws-lc-rs` of `auth`, or install a provider of \
                        rustls (`CryptoProvider::install_default`) first"
                .to_owned());
        }
        let client = Client::builder()
            .user_agent(concat!("auth/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            // A feature of reqwest that another crate enables would otherwise unpack what it has not counted.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            // Keys are fetched once in minutes, and a connection that was kept so long would be dead. Questions about
            // opaque tokens come one after the other, and need no handshake each.
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(4)
            .dns_resolver(AllowedAddresses)
            .build();
        client.map(Self).map_err(|error| error.to_string())
    }
}

impl Fetch for ReqwestFetch {
    async fn fetch(&self, request: FetchRequest) -> Result<FetchResponse, FetchError> {
        let method = if request.method == "POST" { Method::POST } else { Method::GET };
        let mut call = self.0.request(method, &request.url).timeout(request.timeout);
        for (name, value) in &request.headers {
            call = call.header(*name, value);
        }
        let mut response = call.body(request.body).send().await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > request.max_bytes {
                return Err(FetchError::new(format!("the response has more than {} bytes", request.max_bytes)));
            }
            body.extend_from_slice(&chunk);
        }
        let read = FetchResponse::new(response.status().as_u16(), body);
        let lives = response.headers().get_all(reqwest::header::CACHE_CONTROL);
        Ok(lives
            .iter()
            .filter_map(|value| value.to_str().ok())
            .fold(read, |read, value| read.header("cache-control", value)))
    }
}

/// The URL is that of the issuer, which is named beside the error.
fn failed(error: reqwest::Error) -> FetchError {
    FetchError::new(error.without_url())
}

/// Resolves names to addresses that may be asked: no name may lead where a URL must not.
struct AllowedAddresses;

impl Resolve for AllowedAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is that of the URL.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| !is_never_asked(address.ip())).collect();
            if allowed.is_empty() {
                return Err(format!("`{}` has no address, or only a link-local one", name.as_str()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
