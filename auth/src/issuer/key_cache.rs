//! The keys of one issuer, in memory: fetched when they are needed, and never more often than an issuer can bear.
//!
//! A set of keys is replaced as a whole, and only by another one that has keys: a failed fetch changes nothing. There is
//! no timer. Requests notice that a set is old, and one of them starts the fetch, which runs as a task of its own, so
//! that nobody's disconnection stops it. Whoever needs the result waits for the same task.
//!
//! Anybody can send a token that names an unknown key. So a fetch for that reason starts at most once a minute
//! (KEY-13, CVE-2026-48524), whatever comes of it; the requests that wait for it are judged with the new keys.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use super::freshness::{Age, Freshness};
use super::issuer_keys::IssuerKeys;
use super::source::{Fetched, Source, SourceError};
use crate::base::clock::{Clock, Timestamp};
use crate::base::error::causes;
use crate::base::log_once::LogOnce;
use crate::keys::Jwk;

/// How long a request waits for keys.
const PATIENCE: Duration = Duration::from_millis(1500);
/// The least time between two fetches because of tokens that the keys do not fit.
const FORCED_PAUSE: Duration = Duration::from_mins(1);
/// The longest time between two fetches after failures, and the shortest, as long as there are no keys at all.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The keys of an issuer.
pub(super) struct KeyCache<C> {
    current: ArcSwapOption<Current<C>>,
    fetches: Mutex<Fetches>,
    source: Option<Source>,
    clock: Arc<dyn Clock>,
    /// The size of the cache of verified tokens, in bytes.
    memory: usize,
    /// For the log: the name of the issuer.
    name: String,
    failing: LogOnce,
    skipping: LogOnce,
}

struct Current<C> {
    set: Arc<IssuerKeys<C>>,
    freshness: Freshness,
}

/// What is known of fetches.
#[derive(Default)]
struct Fetches {
    /// Changes when the last one that was started ends; closed afterwards.
    running: Option<watch::Receiver<()>>,
    /// The last one because of a token, and the last one because keys were old.
    forced: Option<Pause>,
    regular: Option<Pause>,
    /// How many failed in a row.
    failed: u32,
}

/// For how long no other fetch is started.
#[derive(Clone, Copy)]
struct Pause {
    since: Timestamp,
    length: Duration,
}

impl Pause {
    /// A clock that was ahead, and is set right, ends it: until then it would last as long as the clock was ahead.
    fn lasts(self, now: Timestamp) -> bool {
        self.since <= now && now < self.since + self.length
    }
}

/// There are no keys to judge a token with.
#[derive(Debug, thiserror::Error)]
#[error("the keys of the issuer `{0}` cannot be fetched at the moment")]
pub(super) struct NoKeys(String);

/// What is known of an issuer's keys after somebody asked for new ones.
pub(super) enum Renewed<C> {
    /// Others than before.
    Keys(Arc<IssuerKeys<C>>),
    /// It has no others.
    Unchanged,
    /// It does not answer.
    Unknown(NoKeys),
}

impl<C: Send + Sync + 'static> KeyCache<C> {
    /// Creates a cache of keys that never change.
    pub(super) fn fixed(name: String, keys: Vec<Jwk>, memory: usize, clock: Arc<dyn Clock>) -> Self {
        let cache = Self::new(name, None, memory, clock);
        let set = Arc::new(IssuerKeys::new(keys, memory));
        cache.current.store(Some(Arc::new(Current { set, freshness: Freshness::forever() })));
        cache
    }

    /// Creates a cache of what an issuer publishes. Nothing is fetched yet.
    pub(super) fn fetched(name: String, source: Source, memory: usize, clock: Arc<dyn Clock>) -> Self {
        Self::new(name, Some(source), memory, clock)
    }

    fn new(name: String, source: Option<Source>, memory: usize, clock: Arc<dyn Clock>) -> Self {
        Self {
            current: ArcSwapOption::empty(),
            fetches: Mutex::default(),
            source,
            clock,
            memory,
            name,
            failing: LogOnce::default(),
            skipping: LogOnce::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Starts the first fetch, if there is a runtime yet. Otherwise the first request does.
    pub(super) fn prefetch(self: &Arc<Self>) {
        if self.current.load().is_none() {
            drop(self.start_or_join(Why::Old));
        }
    }

    /// Returns the keys, if they can be used without waiting.
    pub(super) fn at_hand(self: &Arc<Self>, now: Timestamp) -> Option<Arc<IssuerKeys<C>>> {
        let current = self.current.load();
        let current = current.as_ref()?;
        match current.freshness.age(now) {
            Age::Fresh => {}
            Age::Old => drop(self.start_or_join(Why::Old)),
            // While the issuer fails, not every request waits for it.
            Age::Stale if self.lock().failed > 0 => drop(self.start_or_join(Why::Old)),
            Age::Stale | Age::Dead => return None,
        }
        Some(Arc::clone(&current.set))
    }

    /// Returns the keys, and waits for them if need be.
    pub(super) async fn wait_for_keys(self: &Arc<Self>) -> Result<Arc<IssuerKeys<C>>, NoKeys> {
        let deadline = Instant::now() + PATIENCE;
        if let Some(running) = self.start_or_join(Why::Old) {
            wait(running, deadline).await;
        }
        let current = self.current.load();
        let usable = current.as_ref().filter(|current| current.freshness.age(self.now()) != Age::Dead);
        usable.map(|current| Arc::clone(&current.set)).ok_or_else(|| self.no_keys())
    }

    /// Returns the keys that the issuer has now, for a token that `old` ones do not fit.
    pub(super) async fn renew(self: &Arc<Self>, old: &Arc<IssuerKeys<C>>) -> Renewed<C> {
        let deadline = Instant::now() + PATIENCE;
        // One that is running may have been sent before the keys changed: then there is another.
        for _ in 0..2 {
            if let Some(newer) = self.newer_than(old) {
                return Renewed::Keys(newer);
            }
            let Some(running) = self.start_or_join(Why::Forced) else { break };
            if !wait(running, deadline).await {
                return Renewed::Unknown(self.no_keys());
            }
        }
        match self.newer_than(old) {
            Some(newer) => Renewed::Keys(newer),
            None if self.lock().failed > 0 => Renewed::Unknown(self.no_keys()),
            None => Renewed::Unchanged,
        }
    }

    fn newer_than(&self, old: &Arc<IssuerKeys<C>>) -> Option<Arc<IssuerKeys<C>>> {
        let current = self.current.load();
        current.as_ref().map(|current| &current.set).filter(|set| !Arc::ptr_eq(set, old)).map(Arc::clone)
    }

    fn no_keys(&self) -> NoKeys {
        NoKeys(self.name.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Fetches> {
        self.fetches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what tells when the fetch ends that is running, or is started now. `None` if none may be started yet.
    fn start_or_join(self: &Arc<Self>, why: Why) -> Option<watch::Receiver<()>> {
        let mut fetches = self.lock();
        if let Some(running) = fetches.running.as_ref().filter(|running| running.has_changed().is_ok()) {
            return Some(running.clone());
        }
        let (now, runtime) = (self.now(), Handle::try_current().ok()?);
        self.source.as_ref()?;
        match why {
            Why::Old if fetches.regular.is_some_and(|pause| pause.lasts(now)) => return None,
            Why::Forced if fetches.forced.is_some_and(|pause| pause.lasts(now)) => return None,
            Why::Forced => fetches.forced = Some(Pause { since: now, length: FORCED_PAUSE }),
            Why::Old => {}
        }
        let known = self.current.load().as_ref().map(|current| Arc::clone(&current.set));
        let length = if known.is_some() { LONGEST_PAUSE } else { first_pauses(fetches.failed) };
        fetches.regular = Some(Pause { since: now, length });
        let (done, running) = watch::channel(());
        fetches.running = Some(running.clone());
        drop(fetches);
        let fetch = Fetch { cache: Arc::clone(self), known, why, has_succeeded: false, _done: done };
        runtime.spawn(fetch.run());
        Some(running)
    }

    fn store(&self, fetched: Fetched) {
        let Fetched { keys, skipped, ttl } = fetched;
        if self.failing.ends() {
            tracing::info!(target: "auth::issuer", issuer = self.name, "the keys of the issuer are available again");
        }
        if skipped.is_empty() {
            self.skipping.ends();
        } else if self.skipping.begins() {
            tracing::info!(target: "auth::issuer", issuer = self.name, reasons = ?skipped,
                "some keys of the issuer are not used, because of each: `reasons`");
        }
        let freshness = Freshness::of(ttl, self.now());
        // The same keys have verified the same tokens.
        let same = self.current.load().as_ref().map(|current| Arc::clone(&current.set)).filter(|set| set.has(&keys));
        let set = same.unwrap_or_else(|| Arc::new(IssuerKeys::new(keys, self.memory)));
        self.current.store(Some(Arc::new(Current { set, freshness })));
        let mut fetches = self.lock();
        fetches.failed = 0;
        fetches.regular = None;
    }

    fn report(&self, error: &SourceError) {
        if self.failing.begins() {
            let causes: Vec<_> = causes(error).skip(1).map(ToString::to_string).collect();
            tracing::warn!(target: "auth::issuer", issuer = self.name, error = %error, ?causes,
                "the keys of the issuer cannot be fetched: known keys are used for a day, tokens with others are \
                 answered with 503");
        }
    }
}

/// A fetch that is running.
struct Fetch<C: Send + Sync + 'static> {
    cache: Arc<KeyCache<C>>,
    /// The keys before it.
    known: Option<Arc<IssuerKeys<C>>>,
    why: Why,
    has_succeeded: bool,
    /// Dropped with the rest, after what is known was written down: then those who wait go on.
    _done: watch::Sender<()>,
}

impl<C: Send + Sync + 'static> Fetch<C> {
    async fn run(mut self) {
        let Some(source) = &self.cache.source else { return };
        let known = self.known.as_ref().map(|set| set.keys());
        match source.keys(known, matches!(self.why, Why::Forced)).await {
            Ok(fetched) => {
                self.cache.store(fetched);
                self.has_succeeded = true;
            }
            Err(error) => self.cache.report(&error),
        }
    }
}

/// Also if the client of the application has panicked.
impl<C: Send + Sync + 'static> Drop for Fetch<C> {
    fn drop(&mut self) {
        if !self.has_succeeded {
            let mut fetches = self.cache.lock();
            fetches.failed = fetches.failed.saturating_add(1);
        }
    }
}

/// Why keys are fetched.
#[derive(Clone, Copy)]
enum Why {
    /// They are old, or there are none.
    Old,
    /// A token does not fit those that are known.
    Forced,
}

/// A second, then two, four, …, a minute: an issuer that starts together with this service is soon there.
fn first_pauses(failed: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failed)).min(LONGEST_PAUSE)
}

/// Whether the fetch ended in time.
async fn wait(mut running: watch::Receiver<()>, deadline: Instant) -> bool {
    // Nothing is ever sent: the sender is dropped when the fetch ends, even by a panic.
    tokio::time::timeout_at(deadline, running.changed()).await.is_ok()
}

impl<C> fmt::Debug for KeyCache<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyCache({})", self.name)
    }
}
