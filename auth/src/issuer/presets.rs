//! What is known of issuers that many applications have: all of it is here, and nowhere else.
//!
//! | issuer | `iss` | access tokens are told apart by | what to know |
//! |---|---|---|---|
//! | Keycloak | the URL of the realm | the claim `typ: Bearer` | no audience until the client has an audience mapper |
//! | Auth0 | the URL of the tenant, with a slash at its end | the audience | opaque, unless the client asks for an audience |
//! | Entra | the tenant's id is in it | the audience | keys have no `alg`; tokens for Microsoft Graph cannot be verified |
//! | Cognito | the region and the user pool are in it | the claim `token_use: access` | no audience: `client_id` |
//! | Supabase | the project, with `/auth/v1` | the audience `authenticated` | users write `user_metadata` themselves |
//! | Zitadel | the URL of the instance | no claim of ID tokens | opaque, unless the application asks for JWTs |
//! | Google | with and without a scheme | not at all: ID tokens | |

use uuid::Uuid;

use super::token_kind::TokenKind;

/// Where the keys are, below the URL of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeysAt {
    /// Where its metadata say.
    Discovery,
    /// At this path.
    Path(&'static str),
}

/// Where metadata are, below the URL of an issuer (OpenID Connect Discovery 1.0 §4).
pub(super) const METADATA_PATH: &str = ".well-known/openid-configuration";
const KEYS_PATH: &str = ".well-known/jwks.json";

/// An issuer, as far as its kind determines it.
#[derive(Clone, Debug)]
pub(super) struct Preset {
    /// `iss`, byte by byte, and where the issuer is.
    pub(super) url: String,
    /// Other spellings of `iss`.
    pub(super) also_known_as: &'static [&'static str],
    pub(super) keys: KeysAt,
    pub(super) kind: TokenKind,
    /// The audience that all its access tokens have.
    pub(super) audience: Option<&'static str>,
    /// What is wrong with what the preset was made of.
    pub(super) problem: Option<String>,
}

impl Preset {
    /// Any issuer whose access tokens are those of RFC 9068.
    pub(super) fn generic(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            also_known_as: &[],
            keys: KeysAt::Discovery,
            kind: TokenKind::AccessToken,
            audience: None,
            problem: None,
        }
    }

    pub(super) fn keycloak(realm: &str) -> Self {
        Self { kind: TokenKind::BearerClaim, ..Self::generic(realm.trim_end_matches('/')) }
    }

    pub(super) fn auth0(tenant: &str) -> Self {
        let url = format!("{}/", tenant.trim_end_matches('/'));
        Self { kind: TokenKind::NotAnIdToken, ..Self::generic(&url) }
    }

    /// `iss` has the id of the tenant even if a client asked at one of its domains. At `common` and its like, metadata name
    /// no issuer.
    pub(super) fn entra(tenant: &str) -> Self {
        let problem = Uuid::try_parse(tenant).is_err().then(|| {
            format!("`{}` is not the id of a tenant of Entra: write the directory id, a UUID", tenant.escape_debug())
        });
        let url = format!("https://login.microsoftonline.com/{}/v2.0", tenant.to_ascii_lowercase());
        Self { kind: TokenKind::NotAnIdToken, problem, ..Self::generic(&url) }
    }

    pub(super) fn cognito(pool: &str) -> Self {
        let plain =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let region = pool.split_once('_').filter(|(region, id)| plain(region) && plain(id)).map(|(region, _)| region);
        let problem = region.is_none().then(|| {
            format!("`{}` is not the id of a user pool: write it as in `eu-central-1_Ab12Cd34E`", pool.escape_debug())
        });
        let url = format!("https://cognito-idp.{}.amazonaws.com/{pool}", region.unwrap_or_default());
        Self { kind: TokenKind::TokenUseAccess, keys: KeysAt::Path(KEYS_PATH), problem, ..Self::generic(&url) }
    }

    /// Discovery came late to Supabase, and installations of one's own may not have it.
    pub(super) fn supabase(project: &str) -> Self {
        Self {
            kind: TokenKind::NotAnIdToken,
            keys: KeysAt::Path(KEYS_PATH),
            audience: Some("authenticated"),
            ..Self::generic(&format!("{}/auth/v1", project.trim_end_matches('/')))
        }
    }

    pub(super) fn zitadel(instance: &str) -> Self {
        Self { kind: TokenKind::NotAnIdToken, ..Self::generic(instance.trim_end_matches('/')) }
    }

    pub(super) fn google() -> Self {
        Self {
            kind: TokenKind::AnyToken,
            also_known_as: &["accounts.google.com"],
            ..Self::generic("https://accounts.google.com")
        }
    }
}
