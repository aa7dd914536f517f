//! Checks the settings of an issuer, and builds the handle.

use std::sync::Arc;
use std::time::Duration;

use super::builder::IssuerBuilder;
use super::claim_rules::{Audiences, ClaimRules};
use super::default_fetch::default_fetch;
use super::fetch::DynFetch;
use super::handle::{Edge, Issuer, Member};
use super::introspection::Introspection;
use super::key_cache::KeyCache;
use super::opaque::OpaqueTokens;
use super::presets::{KeysAt, METADATA_PATH};
use super::provider_url::ProviderUrl;
use super::signed::SignedTokens;
use super::source::{Place, Source};
use super::verifier::Verifier;
use crate::base::error::ConfigError;
use crate::http_settings::{AuthScheme, Cookies, HttpSettings, ProtectedResource};
use crate::keys::{Jwk, JwkSet, install, problem as backend_problem};
use crate::model::event::Reporter;
use crate::model::foreign::ReadClaims;

/// The most leeway that an application may set (JWT-17).
const MAX_LEEWAY: Duration = Duration::from_mins(5);
/// Nothing is stored here; guards hand it to whatever a rule asks.
const STORE_TIMEOUT: Duration = Duration::from_millis(1500);

impl<P: ReadClaims> IssuerBuilder<P> {
    /// Builds it. Nothing is requested meanwhile: the keys are fetched in the background, beginning now if there is a
    /// Tokio runtime, and with the first token otherwise. An issuer that is down does not keep an application from
    /// starting.
    ///
    /// # Errors
    /// Everything that is wrong with the settings, at once.
    pub fn build(mut self) -> Result<Issuer<P>, ConfigError> {
        let mut problems = self.problems();
        let member = if self.introspection.is_some() {
            self.opaque(&mut problems).map(Member::opaque)
        } else {
            self.signed(&mut problems).map(|tokens| Member::Signed(Arc::new(tokens)))
        };
        ConfigError::unless_empty(problems)?;
        let member = member.ok_or_else(|| ConfigError::of("the issuer cannot be built"))?;
        install();
        if let Member::Signed(tokens) = &member {
            tokens.keys.prefetch();
        }
        Ok(Issuer::of(vec![member], self.edge()))
    }

    fn signed(&mut self, problems: &mut Vec<String>) -> Option<SignedTokens<P>> {
        let (name, memory, clock) = (self.preset.url.clone(), self.token_cache, Arc::clone(&self.clock));
        let keys = match self.keys.take() {
            Some(text) => KeyCache::fixed(name, fixed_keys(&text, problems), memory, clock),
            None => KeyCache::fetched(name, self.source(problems)?, memory, clock),
        };
        Some(SignedTokens { verifier: self.verifier(), keys: Arc::new(keys) })
    }

    fn opaque(&mut self, problems: &mut Vec<String>) -> Option<OpaqueTokens<P>> {
        let client = self.introspection.take()?;
        if self.keys.is_some() || self.jwks_uri.is_some() {
            problems.push("keys for tokens that the issuer is asked about: take either of them away".to_owned());
        }
        if !client.is_valid() {
            problems
                .push("the credentials for the introspection endpoint have characters that no header has".to_owned());
        }
        let url = ProviderUrl::parse(&self.preset.url, self.insecure).map_err(|problem| problems.push(problem)).ok();
        let introspection = Introspection { fetch: self.client(problems)?, url: url?, client };
        let rules = ClaimRules { issuers: self.also_known_as.clone(), ..self.rules() };
        Some(OpaqueTokens::new(introspection, rules, self.max_bytes, Arc::clone(&self.clock)))
    }

    fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self.preset.problem.iter().cloned().collect();
        let mut require = |fine: bool, text: &str| {
            if !fine {
                problems.push(format!("issuer `{}`: {text}", self.preset.url.escape_debug()));
            }
        };
        let names = || self.audiences.iter().chain(&self.clients).chain(&self.also_known_as);
        require(names().all(|name| !name.trim().is_empty()), "a name is empty");
        let named = !self.audiences.is_empty() || !self.clients.is_empty() || self.preset.audience.is_some();
        require(
            named || self.any_audience,
            "no audience: name this service, as the issuer knows it, with `audience(…)` (or its clients with \
             `client_id(…)`)",
        );
        require(
            !(self.any_audience && (!self.audiences.is_empty() || !self.clients.is_empty())),
            "`any_audience` beside an audience: take one of them away",
        );
        require(
            self.audiences.is_empty() || self.clients.is_empty(),
            "both `audience` and `client_id`: take one of them away",
        );
        require(!self.algorithms.is_empty(), "no algorithms: no token could be verified");
        require(self.leeway <= MAX_LEEWAY, "the clock leeway is over five minutes; set the clocks instead");
        problems.extend(self.resource.iter().filter_map(ProtectedResource::problem));
        problems.extend(backend_problem().map(str::to_owned));
        problems
    }

    fn source(&mut self, problems: &mut Vec<String>) -> Option<Source> {
        let fetch = self.client(problems);
        let place = self.place().map_err(|problem| problems.push(problem)).ok();
        Some(Source::new(fetch?, place?, self.issuers(), self.insecure))
    }

    fn client(&mut self, problems: &mut Vec<String>) -> Option<DynFetch> {
        let fetch = match self.fetch.take() {
            Some(fetch) => Ok(Some(fetch)),
            None => default_fetch(),
        };
        match fetch {
            Ok(Some(fetch)) => return Some(fetch),
            Ok(None) => problems.push(format!(
                "issuer `{}`: no HTTP client to ask it with: enable the feature `oidc` of `auth`, or set one with \
                 `fetch(…)`, or its keys with `keys(…)`",
                self.preset.url
            )),
            Err(error) => problems.push(format!("the HTTP client cannot be started: {error}")),
        }
        None
    }

    fn place(&self) -> Result<Place, String> {
        let issuer = ProviderUrl::parse(&self.preset.url, self.insecure)?;
        if self.preset.url.contains(['?', '#']) {
            return Err(format!(
                "the issuer `{}` has a query (OpenID Connect Core §2)",
                self.preset.url.escape_debug()
            ));
        }
        Ok(match (&self.jwks_uri, self.preset.keys) {
            (Some(url), _) => Place::Keys(ProviderUrl::parse(url, self.insecure)?),
            (None, KeysAt::Path(path)) => Place::Keys(issuer.below(path)),
            (None, KeysAt::Discovery) => Place::Discovery(issuer.below(METADATA_PATH)),
        })
    }

    fn edge(&mut self) -> Edge {
        let reporter = Reporter::new(Arc::clone(&self.clock), std::mem::take(&mut self.observers));
        let http = HttpSettings {
            realm: self.rules().service().to_owned(),
            on_error: self.on_error.take(),
            scheme: AuthScheme::default(),
            // Tokens of others are in no cookie of ours.
            cookies: Cookies::none(),
            proxies: std::mem::take(&mut self.proxies),
            store_timeout: STORE_TIMEOUT,
            change_password_page: None,
            resource: None,
        };
        Edge { reporter, http: Arc::new(http), resource: self.resource.take() }
    }

    fn issuers(&self) -> Vec<String> {
        let mut issuers = vec![self.preset.url.clone()];
        issuers.extend(self.preset.also_known_as.iter().map(|name| (*name).to_owned()));
        issuers.extend(self.also_known_as.iter().cloned());
        issuers
    }

    pub(super) fn rules(&self) -> ClaimRules {
        let audiences = match self.preset.audience {
            _ if self.any_audience => Audiences::All,
            _ if !self.clients.is_empty() => Audiences::Clients(self.clients.clone()),
            Some(usual) if self.audiences.is_empty() => Audiences::AnyOf(vec![usual.to_owned()]),
            _ => Audiences::AnyOf(self.audiences.clone()),
        };
        ClaimRules { issuers: self.issuers(), audiences, kind: self.preset.kind, leeway: self.leeway }
    }

    fn verifier(&self) -> Verifier {
        Verifier { rules: self.rules(), max_bytes: self.max_bytes, algorithms: self.algorithms.clone() }
    }
}

/// Reads the keys that an application sets. Those of the operator's own file must be right, so what is skipped is said.
fn fixed_keys(text: &str, problems: &mut Vec<String>) -> Vec<Jwk> {
    match JwkSet::parse(text.as_bytes()) {
        Ok(set) => {
            for skipped in &set.skipped {
                let (place, reason) = (skipped.index + 1, skipped.reason);
                if set.keys.is_empty() {
                    problems.push(format!("key {place} of `keys` cannot be used: {reason}"));
                } else {
                    tracing::warn!(target: "auth::issuer", key = place, reason, "a key that was set is not used");
                }
            }
            if set.keys.is_empty() && set.skipped.is_empty() {
                problems.push("`keys` has no key".to_owned());
            }
            set.keys
        }
        Err(error) => {
            problems.push(format!("`keys` is {error}"));
            Vec::new()
        }
    }
}
