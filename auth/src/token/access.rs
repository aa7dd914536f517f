//! Access tokens: JWTs of type `at+jwt` (RFC 9068), signed here, verified here, and by nobody else's rules.

use std::time::Duration;

use arc_swap::ArcSwap;

use crate::claims::{Amr, Audience, Claims, Registered, SessionId, TokenClaims, TokenId};
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::keys::KeyRing;
use crate::name::Name;
use crate::user::AuthUser;

/// The longest token that is looked at, in bytes (JWT-22).
pub(crate) const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// What tokens of one user type look like, and the keys for them.
#[derive(Debug)]
pub(crate) struct AccessTokens {
    keys: ArcSwap<KeyRing>,
    rules: Rules,
}

/// What a token must say to be accepted.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) issuer: Name,
    pub(crate) audience: Name,
    /// How long a token lives.
    pub(crate) ttl: Duration,
    /// How far the clocks of two servers may differ.
    pub(crate) leeway: Duration,
}

/// What an access token says of a login, beside the user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant {
    pub(crate) session: SessionId,
    pub(crate) auth_time: Timestamp,
    pub(crate) amr: Amr,
    pub(crate) generation: u64,
}

impl AccessTokens {
    pub(crate) fn new(keys: KeyRing, rules: Rules) -> Self {
        Self { keys: ArcSwap::from_pointee(keys), rules }
    }

    pub(crate) const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Swaps the key ring; requests under way finish with the old one.
    pub(crate) fn rotate(&self, keys: KeyRing) {
        self.keys.store(keys.into());
    }

    /// A token for `user`. Only `Auth` calls it, with what a proof or a refresh gave.
    pub(crate) fn issue<U: AuthUser>(
        &self,
        user: &U,
        grant: Grant,
        jti: TokenId,
        now: Timestamp,
    ) -> Result<String, AuthError> {
        let iat = now.as_secs();
        let claims = user.claims(TokenClaims {
            iss: self.rules.issuer.clone(),
            aud: Audience::One(self.rules.audience.clone()),
            iat,
            exp: iat.saturating_add(self.rules.ttl.as_secs()),
            jti,
            sid: grant.session,
            auth_time: grant.auth_time.as_secs(),
            amr: grant.amr,
            generation: grant.generation,
        });
        let mut payload = Vec::with_capacity(512);
        serde_json::to_writer(&mut payload, &claims).map_err(AuthError::internal)?;
        let token = self.keys.load().sign(&payload).map_err(AuthError::internal)?;
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AuthError::internal(format!(
                "an access token of {} bytes: too much in `claim` fields",
                token.len()
            )));
        }
        Ok(token)
    }

    /// The claims of `token` if this service signed it, for itself, and it is valid now. Revocation is asked elsewhere.
    pub(crate) fn verify<C: Claims>(&self, token: &str, now: Timestamp) -> Option<C> {
        self.open(token).filter(|claims: &C| self.rules.accept(&claims.registered(), now))
    }

    /// Whether claims of a token that was verified once are valid at `now`.
    pub(crate) fn still(&self, claims: &Registered<'_>, now: Timestamp) -> bool {
        self.rules.accept(claims, now)
    }

    /// As [`verify`](Self::verify), but a token that has expired passes: to log out with.
    pub(crate) fn verify_even_expired<C: Claims>(&self, token: &str) -> Option<C> {
        self.open(token).filter(|claims: &C| self.rules.names(&claims.registered()))
    }

    fn open<C: Claims>(&self, token: &str) -> Option<C> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        self.keys.load().open(token, |payload| {
            // Checked for UTF-8 as a whole: quicker than string by string, and just as strict.
            let json = std::str::from_utf8(payload).ok()?;
            // serde reads a struct from a list, too; a claims set is an object (RFC 7519 §7.2).
            if json.trim_ascii_start().starts_with('{') { serde_json::from_str(json).ok() } else { None }
        })
    }
}

impl Rules {
    /// RFC 7519 §4.1 and RFC 9068 §4, with the leeway on both sides, and a life no longer than we give.
    fn accept(&self, claims: &Registered<'_>, now: Timestamp) -> bool {
        let (now, leeway) = (now.as_secs(), self.leeway.as_secs());
        let soon = now.saturating_add(leeway);
        // "On or after" `exp` is expired (§4.1.4).
        let unexpired = now < claims.exp.saturating_add(leeway);
        let begun = claims.iat <= soon && claims.nbf.is_none_or(|nbf| nbf <= soon);
        let short = claims.exp.saturating_sub(claims.iat) <= self.ttl.as_secs();
        unexpired && begun && short && self.names(claims)
    }

    fn names(&self, claims: &Registered<'_>) -> bool {
        claims.iss == &*self.issuer && claims.aud.contains(&self.audience)
    }
}
