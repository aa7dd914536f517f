//! Doors to what the fuzzers in `fuzz/` call. Not part of the interface: they are built under `--cfg fuzzing` alone.
//!
//! Fuzz targets assert: what is read is written the same way again, nothing unsigned is accepted, a folded login is
//! folded, a rule is what Rust's parser makes of it. What is behind a signature is reached by counting every signature
//! as right (`keys/fuzz_signatures.rs`, only under `--cfg fuzzing`).

#[cfg(feature = "cookies")]
mod cookies;
#[cfg(feature = "password")]
pub mod passkeys;

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
#[cfg(feature = "cookies")]
pub use cookies::{Jar, authority, is_at, origin};

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::secret::Secret;
#[cfg(feature = "password")]
pub use crate::factors::fuzz::{Account, recovery_code};
pub use crate::http::extract::fuzz::{client, element, entry, forwarded, forwarded_for};
use crate::http_settings::AuthScheme;
pub use crate::keys::fuzz_signatures::believe;
use crate::keys::{IssuedAs, KeyPlan, KeyRing, KeySet};
use crate::limit::{CounterOp, Limits, Rate};
pub use crate::mail::fuzz::{Mailed, token_id};
use crate::mail::mailbox;
use crate::model::canonical;
use crate::model::claims::{Claims, StoreId};
use crate::model::interned_name::Name;
use crate::model::login_rules;
use crate::model::schema::Login;
use crate::model::user::AuthUser;
#[cfg(feature = "password")]
pub use crate::password::fuzz::{Read, phc};
pub use crate::revocation::fuzz::{epoch, is_of_a_session, message, signed};
use crate::session::refresh_token::RefreshToken;
use crate::token::access::{AccessTokens, Rules};
use crate::token::store_claim::OwnStore;

/// The access tokens of a service with the realm `User:users` and the issuer and audience `User`.
#[allow(missing_debug_implementations, reason = "holds keys")]
pub struct Tokens<C>(AccessTokens<C>);

impl<C: Claims> Tokens<C> {
    /// Creates them; `None` if the secret is none.
    #[must_use]
    pub fn new(secret: &str, store: StoreId, lifetime: Duration) -> Option<Self> {
        let name = || Name::remembered("User");
        let issued_as = IssuedAs { issuer: name(), audience: name(), client_id: None };
        let plan = Arc::new(KeyPlan::secret_only(issued_as));
        let keys = KeySet::new(&Secret::new(secret).ok()?, &[], "User:users", plan).ok()?;
        let rules = Rules { ttl: lifetime, leeway: Duration::from_secs(5) };
        Some(Self(AccessTokens::new(keys, OwnStore::new(store, Timestamp::from_secs(0)), rules, 1 << 16)))
    }

    /// Returns `header.payload.signature`.
    #[must_use]
    pub fn sign(&self, payload: &[u8]) -> Option<String> {
        self.0.with_keys(|keys| KeyRing::sign_with(keys.tokens.signer(Timestamp::default()), payload).ok())
    }

    /// Verifies a token as requests do.
    #[must_use]
    pub fn verify(&self, token: &str, now: u64) -> Option<C> {
        self.0.verify(token, Timestamp::from_secs(now)).map(|claims| (*claims).clone())
    }

    /// Verifies a token as the logout does.
    #[must_use]
    pub fn verify_even_expired(&self, token: &str) -> Option<C> {
        self.0.verify_even_expired(token)
    }

    /// Verifies a token as the logout does, and takes its signature for right.
    #[must_use]
    pub fn believe(&self, token: &str) -> Option<C> {
        believe(|| self.0.verify_even_expired(token))
    }

    /// Returns the payload of a token, whose signature it takes for right.
    #[must_use]
    pub fn payload(&self, token: &str) -> Option<Vec<u8>> {
        believe(|| {
            self.0
                .with_keys(|keys| keys.tokens.open(token, |payload| Some(payload.to_vec())).map(|(_, payload)| payload))
        })
    }

    /// Returns the payload of a token.
    #[must_use]
    pub fn open(&self, token: &str) -> Option<Vec<u8>> {
        self.0.with_keys(|keys| keys.tokens.open(token, |payload| Some(payload.to_vec())).map(|(_, payload)| payload))
    }
}

/// Returns the token in `Authorization`.
///
/// # Errors
/// If there are several, or one that is none.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, AuthError> {
    AuthScheme::default().token(headers)
}

/// Reads a refresh token and returns it as we write it.
#[must_use]
pub fn refresh_token(text: &str) -> Option<String> {
    RefreshToken::parse(text).map(|token| token.reveal())
}

/// Returns the texts under which a login is looked up.
#[must_use]
pub fn spellings(login: &Login, text: &str) -> Vec<String> {
    canonical::spellings(login, text).into_iter().map(|text| text.into_owned()).collect()
}

/// Returns the text under which attempts at a login are counted.
#[must_use]
pub fn counted_as(login: &Login, text: &str) -> String {
    canonical::counted_as(login, text).into_owned()
}

/// Whether a canonical login may be stored.
#[must_use]
pub fn is_storable(login: &Login, canonical: &str) -> bool {
    login_rules::broken(login, canonical).is_none()
}

/// Returns the one mailbox that a login names.
#[must_use]
pub fn mailbox_of<U: AuthUser>(index: usize, text: &str) -> Option<String> {
    mailbox::<U>(index, text)
}

/// Returns every operation on a counter.
#[must_use]
pub fn counter_ops() -> Vec<CounterOp> {
    let (limits, rate) = (Limits::default(), Rate::per_minute(30));
    let mut ops = vec![CounterOp::take(rate), CounterOp::refund(rate), CounterOp::forget(), limits.account_attempt()];
    ops.extend([false, true].map(|in_session| limits.client_attempt(in_session)));
    ops.extend([false, true].map(|in_session| limits.client_undo(in_session)));
    ops.extend([None, Some(0), Some(u64::MAX)].map(|account| limits.client_success(account)));
    ops.extend([limits.account_undo(), limits.account_success(false), limits.account_success(true)]);
    ops
}

/// Decodes a segment of a token.
#[must_use]
pub fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    crate::base::base64url::decode(text, &mut bytes).map(|()| bytes)
}

/// Encodes a segment of a token.
#[must_use]
pub fn to_base64url(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}
