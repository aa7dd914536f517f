//! What the claims of a token must say (RFC 7519 §4.1, RFC 9068 §4), whoever signed it.

use std::time::Duration;

use super::refused::Refused;
use super::token_kind::TokenKind;
use crate::base::clock::Timestamp;
use crate::model::foreign::ForeignRegistered;

/// For whom tokens must be.
#[derive(Clone, Debug)]
pub(super) enum Audiences {
    /// One of these is in `aud`.
    AnyOf(Vec<String>),
    /// One of these is the `client_id`, for issuers whose access tokens have no audience.
    Clients(Vec<String>),
    /// Anybody.
    All,
}

/// The rules of one issuer.
#[derive(Clone, Debug)]
pub(super) struct ClaimRules {
    /// What `iss` may be, byte by byte. The first one is the issuer's name.
    pub(super) issuers: Vec<String>,
    pub(super) audiences: Audiences,
    pub(super) kind: TokenKind,
    /// How far the issuer's clock may differ from ours.
    pub(super) leeway: Duration,
}

impl ClaimRules {
    /// Whether the issuer has this name.
    pub(super) fn names(&self, iss: &str) -> bool {
        self.issuers.iter().any(|name| name == iss)
    }

    /// Returns what this service is called: the first audience, or the first client.
    pub(super) fn service(&self) -> &str {
        let named = match &self.audiences {
            Audiences::AnyOf(names) | Audiences::Clients(names) => names.first(),
            Audiences::All => self.issuers.first(),
        };
        named.map(String::as_str).unwrap_or_default()
    }

    /// Applies every rule to the claims of a token whose signature is right. `typ` is that of its header.
    pub(super) fn check(&self, typ: Option<&str>, claims: &ForeignRegistered, now: Timestamp) -> Result<(), Refused> {
        if !self.names(claims.issuer()) {
            return Err(Refused::Issuer);
        }
        if !self.is_for_us(claims) {
            return Err(Refused::Audience);
        }
        self.check_times(claims, now)?;
        if self.kind.accepts(typ, claims) { Ok(()) } else { Err(Refused::Kind) }
    }

    fn is_for_us(&self, claims: &ForeignRegistered) -> bool {
        match &self.audiences {
            Audiences::AnyOf(names) => {
                claims.audience().is_some_and(|audience| names.iter().any(|name| audience.contains(name)))
            }
            Audiences::Clients(ids) => claims.client_id().is_some_and(|client| ids.iter().any(|id| id == client)),
            Audiences::All => true,
        }
    }

    /// Applies the rules whose answer changes with time: all that is left to check of a token that was accepted before.
    /// A token is expired "on or after" `exp` (RFC 7519 §4.1.4).
    pub(super) fn check_times(&self, claims: &ForeignRegistered, now: Timestamp) -> Result<(), Refused> {
        let (now, leeway) = (now.as_secs(), self.leeway.as_secs());
        if now >= claims.expires_at().as_secs().saturating_add(leeway) {
            return Err(Refused::Expired);
        }
        let soon = now.saturating_add(leeway);
        let has_begun = |time: Option<Timestamp>| time.is_none_or(|time| time.as_secs() <= soon);
        if has_begun(claims.valid_from()) && has_begun(claims.issued_at()) { Ok(()) } else { Err(Refused::NotYetValid) }
    }
}
