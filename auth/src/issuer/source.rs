//! Fetches the keys of an issuer: where they are (OpenID Connect Discovery 1.0 §4), and what they are.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use super::fetch::{CONNECT_TIMEOUT, DynFetch, FetchRequest, FetchResponse, NoDocument, TIMEOUT};
use super::freshness::ttl;
use super::provider_url::ProviderUrl;
use crate::keys::{Jwk, JwkSet, NotAKeySet};

/// How long a document may be, in bytes (KEY-12).
const MAX_BYTES: usize = 256 << 10;

/// Where an issuer publishes its keys.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Its metadata say where: at this URL.
    Discovery(ProviderUrl),
    /// Here.
    Keys(ProviderUrl),
}

/// The keys of one issuer, on the network.
#[derive(Debug)]
pub(super) struct Source {
    fetch: DynFetch,
    place: Place,
    /// What the metadata may call the issuer.
    names: Vec<String>,
    insecure: bool,
    /// Where the keys were the last time.
    discovered: Mutex<Option<ProviderUrl>>,
}

/// Keys, and how long they live.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) keys: Vec<Jwk>,
    /// Why entries of the set are not used.
    pub(super) skipped: Vec<&'static str>,
    pub(super) ttl: Duration,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    #[error(transparent)]
    NoDocument(#[from] NoDocument),
    #[error("the metadata are no JSON object with `issuer` and `jwks_uri`")]
    Metadata(#[source] serde_json::Error),
    #[error("the metadata are those of another issuer, `{0}`")]
    OtherIssuer(String),
    #[error("`jwks_uri`: {0}")]
    KeysUrl(String),
    #[error(transparent)]
    NotAKeySet(#[from] NotAKeySet),
    #[error("none of the {0} keys can be used{1}")]
    NoKeys(usize, String),
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

impl Source {
    pub(super) const fn new(fetch: DynFetch, place: Place, names: Vec<String>, insecure: bool) -> Self {
        Self { fetch, place, names, insecure, discovered: Mutex::new(None) }
    }

    /// Fetches the keys in place of those that are `known`. An issuer may move them: where they are is asked each time that
    /// they are renewed, and not asked for `urgent` keys, unless those of the known place are no others.
    pub(super) async fn keys(&self, known: Option<&[Jwk]>, urgent: bool) -> Result<Fetched, SourceError> {
        let metadata = match &self.place {
            Place::Keys(url) => return self.keys_at(url).await,
            Place::Discovery(metadata) => metadata,
        };
        let discovered = self.discovered.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(url) = discovered else { return self.keys_at(&self.keys_url(metadata).await?).await };
        if urgent {
            let fetched = self.keys_at(&url).await;
            if fetched.as_ref().is_ok_and(|fetched| known != Some(&*fetched.keys)) {
                return fetched;
            }
            return match self.keys_url(metadata).await {
                Ok(moved) if moved.as_str() != url.as_str() => self.keys_at(&moved).await,
                _ => fetched,
            };
        }
        match self.keys_url(metadata).await {
            Ok(url) => self.keys_at(&url).await,
            // The issuer need not have its metadata at hand: where the keys were is as good as before.
            Err(SourceError::NoDocument(_)) => self.keys_at(&url).await,
            Err(error) => Err(error),
        }
    }

    async fn keys_at(&self, url: &ProviderUrl) -> Result<Fetched, SourceError> {
        usable(&self.get(url).await?)
    }

    /// Asks where the keys are.
    async fn keys_url(&self, metadata: &ProviderUrl) -> Result<ProviderUrl, SourceError> {
        let response = self.get(metadata).await?;
        let found: Metadata = serde_json::from_slice(response.body()).map_err(SourceError::Metadata)?;
        // Otherwise the keys of one issuer would verify tokens of another (OpenID Connect Discovery 1.0 §4.3).
        if !self.names.contains(&found.issuer) {
            let named: String = found.issuer.chars().take(200).collect();
            return Err(SourceError::OtherIssuer(named.escape_debug().to_string()));
        }
        let url = ProviderUrl::parse(&found.jwks_uri, self.insecure).map_err(SourceError::KeysUrl)?;
        if url.is_loopback() && !metadata.is_loopback() {
            return Err(SourceError::KeysUrl(format!("`{}` is on this machine, the issuer is not", url.as_str())));
        }
        *self.discovered.lock().unwrap_or_else(PoisonError::into_inner) = Some(url.clone());
        Ok(url)
    }

    async fn get(&self, url: &ProviderUrl) -> Result<FetchResponse, SourceError> {
        let request = FetchRequest {
            method: "GET",
            url: url.as_str().to_owned(),
            headers: vec![("accept", "application/json, application/jwk-set+json".to_owned())],
            body: Vec::new(),
            max_bytes: MAX_BYTES,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
        };
        Ok(self.fetch.document(request).await?)
    }
}

/// A set without a key that can be used is none: it would refuse everybody.
fn usable(response: &FetchResponse) -> Result<Fetched, SourceError> {
    let set = JwkSet::parse(response.body())?;
    let mut skipped: Vec<_> = set.skipped.iter().map(|skipped| skipped.reason).collect();
    if set.keys.is_empty() {
        let reason = skipped.first().map(|reason| format!(": of the first, {reason}")).unwrap_or_default();
        return Err(SourceError::NoKeys(skipped.len(), reason));
    }
    skipped.dedup();
    Ok(Fetched { keys: set.keys, skipped, ttl: ttl(response) })
}
