//! Tokens that only their issuer can read: it is asked, and its answers are used for a short time.
//!
//! A token that is revoked at the issuer is accepted for as long as an answer is used, a minute at most. Whoever sends
//! tokens that nobody issued makes this service ask, too, so answers that say no are used for ten seconds, one token is
//! asked about once at a time, and at most so many altogether.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use tokio::time::Instant;

use super::claim_rules::ClaimRules;
use super::introspection::{Introspection, IntrospectionError};
use super::refused::{Refused, Unverified};
use crate::base::clock::{Clock, Timestamp};
use crate::base::error::AuthError;
use crate::base::log_once::LogOnce;
use crate::model::foreign::{ReadClaims, Verified};

/// How long a request waits for an answer.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long an answer is used, at most: a yes, and a no.
const ACTIVE: Duration = Duration::from_mins(1);
const INACTIVE: Duration = Duration::from_secs(10);
/// The memory for answers, in bytes, and what one takes besides its claims.
const CACHE_BYTES: u64 = 8 << 20;
const PLACE_BYTES: u64 = 256;
/// How many tokens are asked about at once.
const AT_ONCE: usize = 64;

/// Tokens are known by their hash: nobody who reads our memory finds them there.
type TokenHash = [u8; 32];

/// The opaque tokens of one issuer.
pub(super) struct OpaqueTokens<C> {
    introspection: Introspection,
    rules: ClaimRules,
    max_bytes: usize,
    clock: Arc<dyn Clock>,
    answers: Cache<TokenHash, Answer<C>, Bytes>,
    running: Mutex<HashMap<TokenHash, watch::Receiver<()>>>,
    failing: LogOnce,
}

struct Answer<C> {
    /// What was said, or why it is a no.
    said: Result<Arc<Verified<C>>, Refused>,
    until: Timestamp,
    bytes: u64,
}

impl<C> Clone for Answer<C> {
    fn clone(&self) -> Self {
        Self { said: self.said.clone(), ..*self }
    }
}

#[derive(Clone)]
struct Bytes;

impl<C> Weighter<TokenHash, Answer<C>> for Bytes {
    fn weight(&self, _: &TokenHash, answer: &Answer<C>) -> u64 {
        answer.bytes
    }
}

/// The issuer does not say what the token is.
#[derive(Debug, thiserror::Error)]
#[error("the issuer cannot be asked about a token at the moment")]
struct NoAnswer;

impl<C: ReadClaims> OpaqueTokens<C> {
    pub(super) fn new(
        introspection: Introspection,
        rules: ClaimRules,
        max_bytes: usize,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let places = usize::try_from(CACHE_BYTES / 1024).unwrap_or(usize::MAX);
        Self {
            introspection,
            rules,
            max_bytes,
            clock,
            answers: Cache::with_weighter(places, CACHE_BYTES, Bytes),
            running: Mutex::default(),
            failing: LogOnce::default(),
        }
    }

    pub(super) const fn rules(&self) -> &ClaimRules {
        &self.rules
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) async fn verify(self: &Arc<Self>, token: &str) -> Result<Arc<Verified<C>>, Unverified> {
        if token.len() > self.max_bytes {
            return Err(Unverified::Refused(Refused::Size));
        }
        // Others cannot be a token (RFC 6750 §2.1), and would only be a nuisance to the issuer.
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Unverified::Refused(Refused::Form));
        }
        let hash: TokenHash = Sha256::digest(token).into();
        if let Some(said) = self.known(&hash) {
            return said.map_err(Unverified::Refused);
        }
        let deadline = Instant::now() + PATIENCE;
        let Some(mut running) = self.start_or_join(token, hash) else { return Err(no_answer()) };
        let _ = tokio::time::timeout_at(deadline, running.changed()).await;
        self.known(&hash).map_or_else(|| Err(no_answer()), |said| said.map_err(Unverified::Refused))
    }

    /// Returns what is known of a token and can still be used.
    fn known(&self, hash: &TokenHash) -> Option<Result<Arc<Verified<C>>, Refused>> {
        let now = self.now();
        let answer = self.answers.get(hash).filter(|answer| now < answer.until)?;
        Some(
            answer
                .said
                .and_then(|verified| self.rules.check_introspected_times(&verified.registered, now).map(|()| verified)),
        )
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenHash, watch::Receiver<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_or_join(self: &Arc<Self>, token: &str, hash: TokenHash) -> Option<watch::Receiver<()>> {
        let mut running = self.lock();
        if let Some(same) = running.get(&hash) {
            return Some(same.clone());
        }
        if running.len() >= AT_ONCE {
            return None;
        }
        let (done, receiver) = watch::channel(());
        running.insert(hash, receiver.clone());
        drop(running);
        let question = Question { tokens: Arc::clone(self), hash, _done: done };
        let token = zeroize::Zeroizing::new(token.to_owned());
        tokio::spawn(async move { question.ask(&token).await });
        Some(receiver)
    }

    /// Judges what the issuer says of an active token.
    fn judge(&self, json: &str, now: Timestamp) -> Answer<C> {
        let said = C::read_claims(json).map_err(|_| Refused::Claims);
        let said = said
            .and_then(|verified| self.rules.check_introspected(&verified.registered, now).map(|()| Arc::new(verified)));
        let until = match &said {
            Ok(verified) => verified.registered.expiry().map_or(now + ACTIVE, |exp| exp.min(now + ACTIVE)),
            Err(_) => now + INACTIVE,
        };
        let bytes = u64::try_from(json.len() + size_of::<C>()).unwrap_or(u64::MAX).saturating_add(PLACE_BYTES);
        Answer { said, until, bytes }
    }
}

/// A question that is on its way.
struct Question<C: ReadClaims> {
    tokens: Arc<OpaqueTokens<C>>,
    hash: TokenHash,
    /// Dropped last: then those who wait go on.
    _done: watch::Sender<()>,
}

impl<C: ReadClaims> Question<C> {
    async fn ask(self, token: &str) {
        let tokens = &self.tokens;
        let answer = match tokens.introspection.ask(token).await {
            Ok(Some(json)) => tokens.judge(&json, tokens.now()),
            Ok(None) => Answer { said: Err(Refused::Inactive), until: tokens.now() + INACTIVE, bytes: PLACE_BYTES },
            Err(error) => return tokens.report(&error),
        };
        tokens.answers.insert(self.hash, answer);
        if tokens.failing.ends() {
            tracing::info!(target: "auth::issuer", "the issuer answers questions about tokens again");
        }
    }
}

/// Also if the client of the application has panicked.
impl<C: ReadClaims> Drop for Question<C> {
    fn drop(&mut self) {
        self.tokens.lock().remove(&self.hash);
    }
}

impl<C> OpaqueTokens<C> {
    fn report(&self, error: &IntrospectionError) {
        if self.failing.begins() {
            tracing::warn!(target: "auth::issuer", url = self.introspection.url.as_str(), error = %error,
                "the issuer cannot be asked about tokens: they are answered with 503");
        }
    }
}

fn no_answer() -> Unverified {
    Unverified::Unavailable(AuthError::unavailable(NoAnswer))
}

impl<C> fmt::Debug for OpaqueTokens<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OpaqueTokens").field(&self.introspection.url).finish()
    }
}
