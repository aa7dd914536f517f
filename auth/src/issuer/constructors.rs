//! How an issuer is named: by what its kind calls itself.

use super::builder::IssuerBuilder;
use super::handle::Issuer;
use super::presets::Preset;
use crate::model::foreign::ReadClaims;

impl<P: ReadClaims> Issuer<P> {
    /// Any issuer with metadata (OpenID Connect Discovery 1.0) whose access tokens are those of RFC 9068. `url` is its
    /// `iss`, byte by byte. For others, see [`IssuerBuilder::token_kind`].
    pub fn new(url: &str) -> IssuerBuilder<P> {
        IssuerBuilder::new(Preset::generic(url))
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
