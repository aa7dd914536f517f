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
    running: Mutex<HashMap<TokenHash, Waiting<C>>>,
    failing: LogOnce,
}

/// Where those who wait for an answer get it. That it is remembered as well only saves questions.
type Waiting<C> = watch::Receiver<Option<Answer<C>>>;

struct Answer<C> {
    /// What was said, or why it is a no.
    said: Result<Arc<Verified<C>>, Refused>,
    /// When, by both clocks: the one of the application can be set back, and the other one stands while a machine sleeps.
    at: Timestamp,
    instant: Instant,
    /// How long it is used.
    life: Duration,
    bytes: u64,
}

impl<C> Answer<C> {
    fn is_usable(&self, now: Timestamp) -> bool {
        now >= self.at && now.since(self.at) < self.life && self.instant.elapsed() < self.life
    }
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
            return said;
        }
        let deadline = Instant::now() + PATIENCE;
        let Some(mut running) = self.start_or_join(token, hash) else { return Err(no_answer()) };
        match tokio::time::timeout_at(deadline, running.wait_for(Option::is_some)).await.ok().and_then(Result::ok) {
            Some(answer) => answer.clone().map_or_else(|| Err(no_answer()), |answer| self.said(answer, self.now())),
            None => Err(no_answer()),
        }
    }

    /// Returns what is known of a token and can still be used.
    fn known(&self, hash: &TokenHash) -> Option<Result<Arc<Verified<C>>, Unverified>> {
        let answer = self.answers.get(hash)?;
        // Not before: an answer that has come meanwhile would be one of the future.
        let now = self.now();
        answer.is_usable(now).then(|| self.said(answer, now))
    }

    fn said(&self, answer: Answer<C>, now: Timestamp) -> Result<Arc<Verified<C>>, Unverified> {
        let still = |verified: Arc<Verified<C>>| {
            self.rules.check_introspected_times(&verified.registered, now).map(|()| verified)
        };
        answer.said.and_then(still).map_err(Unverified::Refused)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenHash, Waiting<C>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start_or_join(self: &Arc<Self>, token: &str, hash: TokenHash) -> Option<Waiting<C>> {
        let mut running = self.lock();
        if let Some(same) = running.get(&hash) {
            return Some(same.clone());
        }
        if running.len() >= AT_ONCE {
            return None;
        }
        let (answers, receiver) = watch::channel(None);
        running.insert(hash, receiver.clone());
        drop(running);
        let question = Question { tokens: Arc::clone(self), hash, waiting: answers };
        let token = zeroize::Zeroizing::new(token.to_owned());
        tokio::spawn(async move { question.ask(&token).await });
        Some(receiver)
    }

    /// Judges what the issuer says of an active token.
    fn judge(&self, json: &str, now: Timestamp) -> Answer<C> {
        let said = C::read_claims(json).map_err(|_| Refused::Claims).and_then(|mut verified| {
            verified.registered.set_introspected();
            self.rules.check_introspected(&verified.registered, now).map(|()| Arc::new(verified))
        });
        let life = match &said {
            Ok(verified) => verified.registered.expiry().map_or(ACTIVE, |exp| (exp + self.rules.leeway).since(now)),
            Err(_) => INACTIVE,
        };
        let bytes = u64::try_from(json.len() + size_of::<C>()).unwrap_or(u64::MAX).saturating_add(PLACE_BYTES);
        Answer { said, at: now, instant: Instant::now(), life: life.min(ACTIVE), bytes }
    }

    fn inactive(&self) -> Answer<C> {
        let said = Err(Refused::Inactive);
        Answer { said, at: self.now(), instant: Instant::now(), life: INACTIVE, bytes: PLACE_BYTES }
    }
}

/// A question that is on its way.
struct Question<C: ReadClaims> {
    tokens: Arc<OpaqueTokens<C>>,
    hash: TokenHash,
    /// If it is dropped without an answer, those who wait go on without one.
    waiting: watch::Sender<Option<Answer<C>>>,
}

impl<C: ReadClaims> Question<C> {
    async fn ask(self, token: &str) {
        let tokens = &self.tokens;
        let answer = match tokens.introspection.ask(token).await {
            Ok(Some(json)) => tokens.judge(&json, tokens.now()),
            Ok(None) => tokens.inactive(),
            Err(error) => return tokens.report(&error),
        };
        tokens.answers.insert(self.hash, answer.clone());
        self.waiting.send_replace(Some(answer));
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
    pub(super) const fn rules(&self) -> &ClaimRules {
        &self.rules
    }

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use quick_cache::sync::Cache;
    use serde::de::{IgnoredAny, MapAccess};

    use super::{Bytes, ClaimRules, Introspection, OpaqueTokens, Refused, Unverified};
    use crate::base::clock::SystemClock;
    use crate::issuer::claim_rules::Audiences;
    use crate::issuer::fetch::DynFetch;
    use crate::issuer::provider_url::ProviderUrl;
    use crate::issuer::{Fetch, FetchError, FetchRequest, FetchResponse, IntrospectionClient, TokenKind};
    use crate::model::foreign::{NotClaims, ReadClaims, ReadPlaces, Verified, read_payload};

    #[derive(Clone)]
    struct Nobody;

    impl<'de> ReadPlaces<'de> for Nobody {
        fn read<A: MapAccess<'de>>(&mut self, _: usize, map: &mut A) -> Result<(), A::Error> {
            map.next_value::<IgnoredAny>().map(drop)
        }
    }

    impl ReadClaims for Nobody {
        fn read_claims(payload: &str) -> Result<Verified<Self>, NotClaims> {
            read_payload(payload, &[], &[], &mut Self).map(|registered| Verified::new(registered, Self))
        }
    }

    struct Saying(&'static str);

    impl Fetch for Saying {
        async fn fetch(&self, _: FetchRequest) -> Result<FetchResponse, FetchError> {
            Ok(FetchResponse::new(200, self.0))
        }
    }

    /// No answer finds a place in its cache, as long ones do not on a machine with many processors.
    fn forgetful(answer: &'static str) -> Arc<OpaqueTokens<Nobody>> {
        let introspection = Introspection {
            fetch: DynFetch::new(Saying(answer)),
            url: ProviderUrl::parse("https://as.example.org/introspect", false).unwrap(),
            client: IntrospectionClient::bearer("a"),
        };
        let rules = ClaimRules {
            issuers: Vec::new(),
            audiences: Audiences::AnyOf(vec!["api".to_owned()]),
            kind: TokenKind::AccessToken,
            leeway: std::time::Duration::ZERO,
        };
        let mut tokens = OpaqueTokens::new(introspection, rules, 1024, Arc::new(SystemClock));
        tokens.answers = Cache::with_weighter(1, 0, Bytes);
        Arc::new(tokens)
    }

    #[tokio::test]
    async fn an_answer_that_is_not_remembered_is_an_answer() {
        let tokens = forgetful(r#"{"active":true,"aud":"api"}"#);
        for _ in 0..2 {
            assert!(tokens.verify("token").await.is_ok());
            assert!(tokens.answers.is_empty(), "the control");
        }
        let tokens = forgetful(r#"{"active":false}"#);
        assert!(matches!(tokens.verify("token").await, Err(Unverified::Refused(Refused::Inactive))));
    }
}
