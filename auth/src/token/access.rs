//! Access tokens: JWTs of type `at+jwt` (RFC 9068), signed and verified only here, by our own rules.

#[cfg(feature = "cli")]
pub(crate) mod explain;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use serde_json::{Map, Value};

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::keys::{IssuedAs, Key, KeyRing, KeySet};
use crate::model::claims::{Amr, Claims, Registered, SessionId, TokenClaims, TokenId};
use crate::model::user::AuthUser;
use crate::token::cache::Seen;
use crate::token::store_claim::OwnStore;

/// The longest token that is issued and read, in bytes (JWT-22): the longest that a header may present.
pub(crate) const MAX_TOKEN_BYTES: usize = MAX_HEADER_BYTES - "Bearer ".len();
/// The maximum size of an `Authorization` header with a bearer token (HTTP-11).
pub(crate) const MAX_HEADER_BYTES: usize = 8 * 1024;

/// The access tokens of one user type: rules and keys.
pub(crate) struct AccessTokens<C> {
    ring: ArcSwap<Ring<C>>,
    rules: Rules,
    /// The size of the cache of verified tokens, in bytes.
    memory: usize,
}

/// Keys, the cache of tokens that were verified with them, and the store they belong to.
struct Ring<C> {
    keys: Arc<KeySet>,
    seen: Seen<C>,
    store: OwnStore,
}

/// How long tokens are accepted. (Of whom and for whom, their key says: `keys::IssuedAs`.)
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The lifetime of a token.
    pub(crate) ttl: Duration,
    /// How far the clocks of two servers may differ.
    pub(crate) leeway: Duration,
}

/// What an access token says about a login, besides the user.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) session: SessionId,
    pub(crate) auth_time: Timestamp,
    pub(crate) amr: Amr,
    pub(crate) generation: u64,
    /// When the session ends unless it is refreshed. The token expires then at the latest.
    pub(crate) ends_at: Timestamp,
}

/// An access token and what is left of its life.
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) expires_in: Duration,
}

impl<C: Claims> AccessTokens<C> {
    /// Creates the tokens, with a cache of verified ones of at most `memory` bytes.
    pub(crate) fn new(keys: KeySet, store: OwnStore, rules: Rules, memory: usize) -> Self {
        let ring = Ring { keys: Arc::new(keys), seen: Seen::new(memory), store };
        Self { ring: ArcSwap::from_pointee(ring), rules, memory }
    }

    pub(crate) const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Replaces the keys and drops the cache of tokens verified with the old ones; requests in progress finish with
    /// them. Callers take turns.
    pub(crate) fn rotate(&self, keys: KeySet) {
        self.swap(Arc::new(keys), self.store());
    }

    /// Returns the store that tokens are issued for.
    pub(crate) fn store(&self) -> OwnStore {
        self.ring.load().store
    }

    /// From now on, issues tokens for this store only, and accepts no others. Callers take turns with `rotate`.
    pub(crate) fn move_to(&self, store: OwnStore) {
        self.swap(self.keys(), store);
    }

    fn swap(&self, keys: Arc<KeySet>, store: OwnStore) {
        self.ring.store(Arc::new(Ring { keys, seen: Seen::new(self.memory), store }));
    }

    /// Returns the names in the tokens that are issued now.
    pub(crate) fn issued_as(&self, now: Timestamp) -> IssuedAs {
        self.with_keys(|keys| keys.tokens.signer(now).issued_as().clone())
    }

    /// Returns the current keys.
    pub(crate) fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.ring.load().keys)
    }

    /// Calls `read` with the current keys.
    pub(crate) fn with_keys<T>(&self, read: impl FnOnce(&KeySet) -> T) -> T {
        read(&self.ring.load().keys)
    }

    /// Issues a token for `user`. Called only by `Auth`, with the result of a proof or a refresh.
    pub(crate) fn issue<U: AuthUser<Claims = C>>(
        &self,
        user: &U,
        grant: Grant,
        jti: TokenId,
        now: Timestamp,
    ) -> Result<Issued, AuthError> {
        let ring = self.ring.load();
        let signer = ring.keys.tokens.signer(now);
        let issued_as = signer.issued_as();
        let (claims, exp) = self.claims_by(&ring, issued_as, user, grant, (jti, now));
        let mut payload = Vec::with_capacity(512);
        serde_json::to_writer(&mut payload, &claims).map_err(AuthError::internal)?;
        if let Some(client_id) = &issued_as.client_id {
            add_claim(&mut payload, "client_id", client_id)?;
        }
        let token = KeyRing::sign_with(signer, &payload).map_err(AuthError::internal)?;
        if token.len() > MAX_TOKEN_BYTES {
            return Err(AuthError::internal(format!(
                "an access token of {} bytes is too large: shorten the `claim` fields",
                token.len()
            )));
        }
        Ok(Issued { token, expires_in: Duration::from_secs(exp.saturating_sub(now.as_secs())) })
    }

    /// Returns the claims that a token issued now would have, for a caller who presents something else and gets none.
    pub(crate) fn claims<U: AuthUser<Claims = C>>(&self, user: &U, grant: Grant, jti: TokenId, now: Timestamp) -> C {
        let ring = self.ring.load();
        let issued_as = ring.keys.tokens.signer(now).issued_as();
        self.claims_by(&ring, issued_as, user, grant, (jti, now)).0
    }

    /// Returns the claims, and when they expire.
    fn claims_by<U: AuthUser<Claims = C>>(
        &self,
        ring: &Ring<C>,
        issued_as: &IssuedAs,
        user: &U,
        grant: Grant,
        (jti, now): (TokenId, Timestamp),
    ) -> (C, u64) {
        let iat = now.as_secs();
        let exp = iat.saturating_add(self.rules.ttl.as_secs()).min(grant.ends_at.as_secs());
        let claims = user.claims(TokenClaims {
            iss: issued_as.issuer.clone(),
            aud: issued_as.aud(),
            iat,
            exp,
            jti,
            sid: grant.session,
            auth_time: grant.auth_time.as_secs(),
            amr: grant.amr,
            generation: grant.generation,
            store: Some(ring.store.id()),
        });
        (claims, exp)
    }

    /// Whether a token begins as those of our own keys do.
    pub(crate) fn is_ours(&self, token: &str) -> bool {
        self.with_keys(|keys| keys.tokens.key_of(token).is_some())
    }

    /// Returns the claims of `token` if this service signed it, for itself, and it is valid now. Does not check
    /// revocation.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Option<Arc<C>> {
        let ring = self.ring.load();
        // Issuer and audience of a cached token were compared with those of its key, and neither can change.
        if let Some(claims) = ring.seen.get(token) {
            return self.accepts(&ring, &claims.registered(), now).then_some(claims);
        }
        let claims: Arc<C> = Arc::new(open(&ring.keys.tokens, token)?);
        if !self.accepts(&ring, &claims.registered(), now) {
            return None;
        }
        ring.seen.put(token, &claims);
        Some(claims)
    }

    /// Returns everything that a token says which this service signed, also what has no field among its claims. Checks
    /// neither names nor times: for a token that was just verified.
    pub(crate) fn payload(&self, token: &str) -> Option<Map<String, Value>> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let ring = self.ring.load();
        ring.keys.tokens.open(token, |payload| serde_json::from_slice(payload).ok()).map(|(_, payload)| payload)
    }

    /// Returns whether the claims of a previously verified token are valid at `now`.
    pub(crate) fn is_valid_at(&self, claims: &Registered<'_>, now: Timestamp) -> bool {
        let ring = self.ring.load();
        let ours = ring.keys.tokens.keys().any(|key| key.accepts(claims));
        ours && self.accepts(&ring, claims, now)
    }

    fn accepts(&self, ring: &Ring<C>, claims: &Registered<'_>, now: Timestamp) -> bool {
        ring.store.accepts(claims) && self.rules.accept(claims, now)
    }

    /// Like [`verify`](Self::verify), but accepts an expired token: for logging out.
    pub(crate) fn verify_even_expired(&self, token: &str) -> Option<C> {
        let ring = self.ring.load();
        open(&ring.keys.tokens, token).filter(|claims: &C| ring.store.accepts(&claims.registered()))
    }
}

/// Adds a claim that no user type has (the derive refuses a field of that name) to a JSON object with others.
fn add_claim(payload: &mut Vec<u8>, name: &str, value: &str) -> Result<(), AuthError> {
    let end = payload.pop();
    debug_assert_eq!(end, Some(b'}'), "claims are an object");
    payload.extend_from_slice(b",\"");
    payload.extend_from_slice(name.as_bytes());
    payload.extend_from_slice(b"\":");
    serde_json::to_writer(&mut *payload, value).map_err(AuthError::internal)?;
    payload.push(b'}');
    Ok(())
}

/// Returns the claims of a token of one of these keys, with the issuer and the audience of that key.
fn open<C: Claims>(keys: &KeyRing, token: &str) -> Option<C> {
    let (key, claims) = read::<C>(keys, token)?;
    key.accepts(&claims.registered()).then_some(claims)
}

/// Returns the claims of a token of one of these keys, and the key.
fn read<'a, C: Claims>(keys: &'a KeyRing, token: &str) -> Option<(&'a Key, C)> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    keys.open(token, |payload| {
        // Validated as UTF-8 as a whole: faster than string by string, and just as strict.
        let json = std::str::from_utf8(payload).ok()?;
        // serde also reads a struct from a list; a claims set must be an object (RFC 7519 §7.2).
        if json.trim_ascii_start().starts_with('{') { serde_json::from_str(json).ok() } else { None }
    })
}

impl Rules {
    /// Applies RFC 7519 §4.1 and RFC 9068 §4, with the leeway on both sides, and refuses lifetimes longer than we
    /// issue.
    fn accept(&self, claims: &Registered<'_>, now: Timestamp) -> bool {
        let now = now.as_secs();
        self.is_unexpired(claims, now) && self.has_begun(claims, now) && self.is_short(claims)
    }

    /// A token is expired "on or after" `exp` (§4.1.4).
    fn is_unexpired(&self, claims: &Registered<'_>, now: u64) -> bool {
        now < claims.exp.saturating_add(self.leeway.as_secs())
    }

    fn has_begun(&self, claims: &Registered<'_>, now: u64) -> bool {
        let soon = now.saturating_add(self.leeway.as_secs());
        claims.iat <= soon && claims.nbf.is_none_or(|nbf| nbf <= soon)
    }

    fn is_short(&self, claims: &Registered<'_>) -> bool {
        claims.exp.saturating_sub(claims.iat) <= self.ttl.as_secs()
    }
}
