//! Verifies former tokens: size, form, header, algorithm, signature, claims, in this order, and without any store.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::claims::FormerClaims;
use super::settings::{FormerTokens, UserClaim};
use crate::base::base64url;
use crate::base::clock::Timestamp;
use crate::keys::FormerKey;
use crate::model::claims::SessionId;
use crate::session::FormerGrant;
use crate::token::access::MAX_TOKEN_BYTES;
use crate::token::foreign_header::{Header, segments};

/// Which tokens are accepted, and what they say.
#[derive(Debug)]
pub(super) struct Reader {
    key: FormerKey,
    until: Timestamp,
    user: UserClaim,
    /// Claims that must have these values.
    required: Vec<(String, String)>,
    /// How long tokens live that do not say when they were issued.
    lifetime: Option<Duration>,
    /// How far the clock of whoever issued them may differ from ours.
    leeway: Duration,
}

/// Whose token it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FormerUser {
    Id(String),
    Login(String),
}

/// What a token says that is good.
#[derive(Debug)]
pub(super) struct FormerToken {
    pub(super) user: FormerUser,
    pub(super) grant: FormerGrant,
}

impl Reader {
    /// `None` without a key, which `problems` reports.
    pub(super) fn new(settings: FormerTokens, leeway: Duration) -> Option<Self> {
        let until = settings.until();
        let FormerTokens { key, until: _, user, required, lifetime } = settings;
        Some(Self { key: key.ok()?, until, user, required, lifetime, leeway })
    }

    pub(super) const fn until(&self) -> Timestamp {
        self.until
    }

    /// Returns what a token says if it was signed with the key, is an access token, and is valid now.
    pub(super) fn read(&self, token: &str, now: Timestamp) -> Option<FormerToken> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let (message, payload, signature) = segments(token)?;
        let header = Header::parse(message.split('.').next().unwrap_or_default())?;
        if !self.key.is_used_with(&header.alg) || !is_type_of_access_tokens(header.typ.as_deref()) {
            return None;
        }
        let mut decoded = Vec::new();
        base64url::decode(signature, &mut decoded)?;
        if !self.key.verify(message.as_bytes(), &decoded) {
            return None;
        }
        base64url::decode(payload, &mut decoded)?;
        let claims = FormerClaims::read(&decoded)?;
        let has_required = self.required.iter().all(|(name, value)| claims.names(name, value));
        if !has_required || claims.is_of_another_kind(&self.required) {
            return None;
        }
        let (expires_at, issued_at) = self.times(&claims, now)?;
        let (user, by_login) = match &self.user {
            UserClaim::Id(name) => (FormerUser::Id(claims.text(name)?), false),
            UserClaim::Login(name) => (FormerUser::Login(claims.text(name)?), true),
        };
        let grant = FormerGrant { session: session_of(message), expires_at, issued_at, by_login };
        Some(FormerToken { user, grant })
    }

    /// Returns when the token expires and when it was issued, if it is valid now (RFC 7519 §4.1.4 to §4.1.6).
    fn times(&self, claims: &FormerClaims, now: Timestamp) -> Option<(Timestamp, Option<Timestamp>)> {
        let expires_at = claims.time("exp").ok()??;
        let (begins_at, issued_at) = (claims.time("nbf").ok()?, claims.time("iat").ok()?);
        let soon = now + self.leeway;
        if expires_at <= now || begins_at.is_some_and(|time| time > soon) {
            return None;
        }
        let issued_at = issued_at.or_else(|| self.lifetime.map(|lifetime| expires_at.minus(lifetime)));
        // A token of tomorrow would be newer than everything that was ended today.
        let is_of_tomorrow = issued_at.is_some_and(|time| time > soon);
        (!is_of_tomorrow).then_some((expires_at, issued_at))
    }
}

/// Whether a header can be that of an access token (RFC 7515 §4.1.9): most say `JWT`, or nothing.
fn is_type_of_access_tokens(typ: Option<&str>) -> bool {
    typ.is_none_or(|typ| ["JWT", "at+jwt", "application/at+jwt"].iter().any(|name| name.eq_ignore_ascii_case(typ)))
}

/// Returns the id of the session of a token: a hash of what is signed. Not of the signature: whoever has a signature of
/// ECDSA can make another one for the same message, and a token that was signed out would be another token.
fn session_of(message: &str) -> SessionId {
    let digest = Sha256::new_with_prefix("auth:former-token:").chain_update(message).finalize();
    SessionId::from_bytes(digest.into())
}
