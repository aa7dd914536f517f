//! How an issuer is named: by what its kind calls itself.

use super::builder::IssuerBuilder;
use super::handle::Issuer;
use super::introspection::IntrospectionClient;
use super::presets::Preset;
use crate::model::foreign::ReadClaims;

impl<P: ReadClaims> Issuer<P> {
    /// Any issuer with metadata (OpenID Connect Discovery 1.0) whose access tokens are those of RFC 9068. `url` is its
    /// `iss`, byte by byte. For others, see [`IssuerBuilder::token_kind`].
    #[expect(clippy::new_ret_no_self, reason = "an issuer needs an audience before it can be")]
    pub fn new(url: &str) -> IssuerBuilder<P> {
        IssuerBuilder::new(Preset::generic(url))
    }

    /// An issuer whose tokens only it can read: it is asked about them (RFC 7662). `url` is its introspection endpoint.
    ///
    /// Only `active: true` for the audience counts, so the issuer must say for whom a token is: its answer has `aud`, or
    /// name the clients with [`IssuerBuilder::client_id`]. Yes is believed for a minute at most (and not beyond `exp` and
    /// the leeway), no for ten seconds; when the issuer does not answer within a second and a half, the request is answered
    /// with 503. What the application reads are the members of the answer. With [`IssuerBuilder::also_known_as`], an `iss`
    /// in the answer must be one of these.
    ///
    /// Issuers say of refresh tokens, too, that they are active. What is called something else than an access token is
    /// refused: by a `token_type` that is none of `Bearer`, `DPoP` and `N_A`, by `typ`, by `token_use`, or by a claim that
    /// access tokens do not have (`nonce`, `at_hash`, `c_hash`, `events`). Without an audience, the answer must call it an
    /// access token: `token_type` is `Bearer` or `DPoP`, `typ` is `Bearer`, or `token_use` is `access` or `access_token`.
    pub fn introspect(url: &str, client: IntrospectionClient) -> IssuerBuilder<P> {
        IssuerBuilder::new(Preset::generic(url)).asking(client)
    }

    /// A realm of Keycloak: `https://sso.example.org/realms/shop`. Tokens have no audience until the client that asks for
    /// them has an audience mapper (or a scope with one).
    pub fn keycloak(realm: &str) -> IssuerBuilder<P> {
        IssuerBuilder::new(Preset::keycloak(realm))
    }

    /// A tenant of Auth0: `https://shop.eu.auth0.com`, or its own domain. The audience is the identifier of the API; a
    /// client that asks for none gets opaque tokens.
    pub fn auth0(tenant: &str) -> IssuerBuilder<P> {
        IssuerBuilder::new(Preset::auth0(tenant))
    }

    /// A tenant of Microsoft Entra, by its id. Tokens of version 2 (`accessTokenAcceptedVersion` of the application); for
    /// version 1, add `also_known_as("https://sts.windows.net/<tenant>/")`. The audience is the client id of the API, or
    /// its `api://…`.
    pub fn entra(tenant: &str) -> IssuerBuilder<P> {
        IssuerBuilder::new(Preset::entra(tenant))
    }

    /// A user pool of Cognito: `eu-central-1_Ab12Cd34E`. Its access tokens have no audience; name the clients with
    /// [`IssuerBuilder::client_id`].
    pub fn cognito(pool: &str) -> IssuerBuilder<P> {
        IssuerBuilder::new(Preset::cognito(pool))
    }

    /// A project of Supabase: `https://<ref>.supabase.co`. It must use asymmetric keys; the audience is `authenticated`.
    /// Roles are in `app_metadata`. Users can write `user_metadata` themselves.
    pub fn supabase(project: &str) -> IssuerBuilder<P> {
        IssuerBuilder::new(Preset::supabase(project))
    }

    /// An instance of Zitadel: `https://shop-1a2b3c.zitadel.cloud`. The audience is the id of the project. The
    /// application must ask for JWTs; others get opaque tokens.
    pub fn zitadel(instance: &str) -> IssuerBuilder<P> {
        IssuerBuilder::new(Preset::zitadel(instance))
    }

    /// ID tokens of Google, which has no access tokens that others can verify: for signing in, and for services that call
    /// with one. The audience is the client id.
    pub fn google() -> IssuerBuilder<P> {
        IssuerBuilder::new(Preset::google())
    }
}
