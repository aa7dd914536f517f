//! The settings of an issuer.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use axum::response::Response;

use super::fetch::{DynFetch, Fetch};
use super::introspection::IntrospectionClient;
use super::presets::Preset;
use super::token_kind::TokenKind;
use super::verifier::{MAX_LARGE_TOKEN_BYTES, MAX_TOKEN_BYTES};
use crate::base::clock::{Clock, SystemClock};
use crate::base::error::AuthError;
use crate::http_settings::{OnError, ProtectedResource};
use crate::keys::SignatureAlgorithm;
use crate::model::client_ip::TrustedProxies;
use crate::model::event::{Observer, Observers};
use crate::model::foreign::ReadClaims;

/// How far foreign clocks may differ, unless the application says otherwise (JWT-17).
const LEEWAY: Duration = Duration::from_mins(1);
/// As for tokens of our own.
const TOKEN_CACHE_BYTES: usize = 8 << 20;

/// Builds an [`Issuer`](super::Issuer).
#[must_use = "nothing is verified until it is built"]
pub struct IssuerBuilder<P> {
    pub(super) preset: Preset,
    /// For an issuer that is asked about each token, at the URL of the preset.
    pub(super) introspection: Option<IntrospectionClient>,
    pub(super) also_known_as: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) clients: Vec<String>,
    pub(super) any_audience: bool,
    pub(super) keys: Option<String>,
    pub(super) jwks_uri: Option<String>,
    pub(super) insecure: bool,
    pub(super) algorithms: Vec<SignatureAlgorithm>,
    pub(super) leeway: Duration,
    pub(super) max_bytes: usize,
    pub(super) token_cache: usize,
    pub(super) fetch: Option<DynFetch>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) observers: Observers,
    pub(super) on_error: Option<OnError>,
    pub(super) proxies: TrustedProxies,
    pub(super) resource: Option<ProtectedResource>,
    pub(super) principal: PhantomData<fn() -> P>,
}

impl<P: ReadClaims> IssuerBuilder<P> {
    pub(super) fn new(preset: Preset) -> Self {
        Self {
            preset,
            introspection: None,
            also_known_as: Vec::new(),
            audiences: Vec::new(),
            clients: Vec::new(),
            any_audience: false,
            keys: None,
            jwks_uri: None,
            insecure: false,
            algorithms: SignatureAlgorithm::ALL.to_vec(),
            leeway: LEEWAY,
            max_bytes: MAX_TOKEN_BYTES,
            token_cache: TOKEN_CACHE_BYTES,
            fetch: None,
            clock: Arc::new(SystemClock),
            observers: Observers::default(),
            on_error: None,
            proxies: TrustedProxies::default(),
            resource: None,
            principal: PhantomData,
        }
    }

    pub(super) fn asking(mut self, client: IntrospectionClient) -> Self {
        self.introspection = Some(client);
        self
    }

    /// Accepts tokens for this audience (`aud`, RFC 7519 §4.1.3): the name under which the issuer knows this service. May
    /// be called several times; a token for one of them is enough. There is no default, because a token for another
    /// service would be as good as one for this one.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Accepts tokens that were issued to this client (`client_id`), instead of for an audience: for Cognito, whose access
    /// tokens have none. May be called several times. An issuer that is asked about tokens must then call them access
    /// tokens (see [`introspect`](crate::issuer::Issuer::introspect)): its refresh tokens have the same `client_id`.
    pub fn client_id(mut self, client: impl Into<String>) -> Self {
        self.clients.push(client.into());
        self
    }

    /// Accepts tokens for every audience, and says why: whatever the issuer signs for any service is then good for this
    /// one.
    pub fn any_audience(mut self, why: &'static str) -> Self {
        tracing::debug!(target: "auth::issuer", issuer = self.preset.url, why, "tokens for every audience are accepted");
        self.any_audience = true;
        self
    }

    /// Accepts tokens with another `iss`, which the same keys sign: for an issuer that is known by one name inside of a
    /// cluster, and by another outside. It is compared, and never requested. For an issuer that is asked about tokens, it is
    /// the `iss` that its answers may have.
    pub fn also_known_as(mut self, iss: impl Into<String>) -> Self {
        self.also_known_as.push(iss.into());
        self
    }

    /// Sets the keys, as the text of a JSON Web Key Set (RFC 7517 §5). Then nothing is ever requested, and when the issuer
    /// changes its keys, the application has to be told.
    pub fn keys(mut self, jwks: impl Into<String>) -> Self {
        self.keys = Some(jwks.into());
        self
    }

    /// Sets where the keys are, for an issuer without metadata (`/.well-known/openid-configuration`).
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(url.into());
        self
    }

    /// Allows `http` for this issuer: whoever can read or redirect the traffic to it can issue tokens. For issuers inside
    /// of a cluster, whose network is trusted.
    pub fn insecure_http(mut self) -> Self {
        self.insecure = true;
        self
    }

    /// Accepts only signatures of these algorithms. The default is all of them; each key is used with one alone in any
    /// case.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = SignatureAlgorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Sets how access tokens are told from others that the issuer signs.
    pub fn token_kind(mut self, kind: TokenKind) -> Self {
        self.preset.kind = kind;
        self
    }

    /// Sets how far the issuer's clock may differ: a minute by default, five at most.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Reads tokens of up to 16 KiB instead of 8: those of Entra with many groups. Servers and proxies in between must
    /// allow such headers, too.
    pub fn large_tokens(mut self) -> Self {
        self.max_bytes = MAX_LARGE_TOKEN_BYTES;
        self
    }

    /// Sets the memory for tokens that were verified, in bytes: 8 MiB by default. Zero caches none.
    pub fn token_cache(mut self, bytes: usize) -> Self {
        self.token_cache = bytes;
        self
    }

    /// Sets the HTTP client.
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(DynFetch::new(fetch));
        self
    }

    /// Sets the clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Names this service as a resource, for clients that do not know who issues tokens for it: see
    /// [`ProtectedResource`]. The issuers are those whose tokens are accepted.
    pub fn resource(mut self, resource: ProtectedResource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Adds an observer of events: what guards refuse, with the reason.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers.add(observer);
        self
    }

    /// Sets how errors of guards are answered, as [`AuthBuilder::on_error`](crate::AuthBuilder::on_error) does.
    pub fn on_error(mut self, page: impl Fn(&AuthError, &Parts, Response) -> Response + Send + Sync + 'static) -> Self {
        self.on_error = Some(Arc::new(page));
        self
    }

    /// Says behind which proxies the service is, so that events name the address of the client.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }
}
