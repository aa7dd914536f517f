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

    /// Whether an answer of the issuer may have this `iss`: none, or, if its names are known, one of these.
    pub(super) fn may_name(&self, iss: &str) -> bool {
        self.issuers.is_empty() || iss.is_empty() || self.names(iss)
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

    /// Applies the rules to what the issuer says of an active token (RFC 7662 §2.2). It need not name itself, and need not
    /// say when the token expires. It also says of refresh tokens that they are active.
    pub(super) fn check_introspected(&self, claims: &ForeignRegistered, now: Timestamp) -> Result<(), Refused> {
        if !self.may_name(claims.issuer()) {
            return Err(Refused::Issuer);
        }
        if !self.is_for_us(claims) {
            return Err(Refused::Audience);
        }
        self.check_introspected_times(claims, now)?;
        if self.is_access_token(claims) { Ok(()) } else { Err(Refused::Kind) }
    }

    /// Whether the issuer describes an access token. Some describe a refresh token by what they leave out, which is the
    /// audience among other things: where none is asked for, something must say that it is an access token.
    fn is_access_token(&self, claims: &ForeignRegistered) -> bool {
        // "Not applicable" (RFC 8693 §2.2.1) says neither.
        let token_type = claims.token_type().filter(|found| !found.eq_ignore_ascii_case("N_A"));
        let signs = [
            token_type.map(|found| ["Bearer", "DPoP"].iter().any(|name| found.eq_ignore_ascii_case(name))),
            claims.typ().map(|typ| typ.eq_ignore_ascii_case("Bearer")),
            claims.token_use().map(|token_use| matches!(token_use, "access" | "access_token")),
        ];
        (matches!(self.audiences, Audiences::AnyOf(_)) || signs.contains(&Some(true)))
            && !signs.contains(&Some(false))
            && !claims.has_claims_of_id_tokens()
            && !claims.is_about_events()
    }

    /// Like [`check_times`](Self::check_times), for a token that may not say when it expires.
    pub(super) fn check_introspected_times(&self, claims: &ForeignRegistered, now: Timestamp) -> Result<(), Refused> {
        if claims.expiry().is_none() { self.check_begun(claims, now) } else { self.check_times(claims, now) }
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
        if now.as_secs() >= claims.expires_at().as_secs().saturating_add(self.leeway.as_secs()) {
            return Err(Refused::Expired);
        }
        self.check_begun(claims, now)
    }

    fn check_begun(&self, claims: &ForeignRegistered, now: Timestamp) -> Result<(), Refused> {
        let soon = now.as_secs().saturating_add(self.leeway.as_secs());
        let has_begun = |time: Option<Timestamp>| time.is_none_or(|time| time.as_secs() <= soon);
        if has_begun(claims.valid_from()) && has_begun(claims.issued_at()) { Ok(()) } else { Err(Refused::NotYetValid) }
    }
}
