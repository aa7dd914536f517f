//! Counters among the records: shared by all processes of an application, and kept across restarts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::runtime::Handle;

use super::counter_cache::CounterCache;
use crate::base::clock::Timestamp;
use crate::limit::{Counter, CounterOp, Decision, LimitError, LimitKey, Limiter};
use crate::store::{DynRecords, Record, StoreError, purge};

/// How often an operation is retried after losing a race. More than any limit admits at once: one that loses this often
/// meets a counter that is written faster than the limits allow.
const MAX_TRIES: usize = 48;
/// After how many writes expired counters are deleted.
const PURGE_EVERY: u32 = 1024;
/// How many are deleted at once: as many as can have been added since the last time.
const PURGE_MOST: u64 = 1024;

/// Allows the next purge, however this one ends.
struct Ended(Arc<AtomicBool>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// A [`Limiter`] backed by the records.
pub(super) struct RecordsLimiter {
    records: Arc<dyn DynRecords>,
    kind: String,
    cache: CounterCache,
    writes: AtomicU32,
    /// Whether a purge is running.
    purging: Arc<AtomicBool>,
}

impl RecordsLimiter {
    pub(super) fn new(records: Arc<dyn DynRecords>, kind: &str) -> Self {
        Self {
            records,
            kind: kind.to_owned(),
            cache: CounterCache::default(),
            writes: AtomicU32::new(0),
            purging: Arc::default(),
        }
    }

    /// Writes `counter` if the record has not changed since it was read.
    async fn write(
        &self,
        key: &LimitKey,
        read: Option<Record>,
        counter: Counter,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (value, expires_at) = (counter.to_text(), counter.expires_at());
        let version = read.as_ref().map_or(1, |record| record.version);
        let (kind, owner) = (self.kind.clone(), String::new());
        let record = Record { kind, key: key.to_string(), owner, value, version, expires_at, changed_at: now };
        let written = match read {
            Some(_) => self.records.replace(&record).await?,
            None => self.records.insert(&record).await?,
        };
        if written {
            self.cache.wrote(key, record, read.is_some());
        }
        Ok(written)
    }

    /// Applies an operation to what this process last wrote, unless somebody else has written since.
    async fn apply_from_memory(
        &self,
        key: &LimitKey,
        op: CounterOp,
        now: Timestamp,
    ) -> Result<Option<Decision>, StoreError> {
        // An expired record may have been deleted, and created anew by another process with the same version.
        let Some(known) = self.cache.take(key).filter(|known| known.expires_at > now) else { return Ok(None) };
        let (counter, decision) = op.apply(Counter::from_text(&known.value), now);
        match (counter, decision) {
            // Refusals, and operations that change nothing, are left to the store.
            (Some(counter), Decision::Admitted { .. }) => {
                Ok(self.write(key, Some(known), counter, now).await?.then_some(decision))
            }
            _ => Ok(None),
        }
    }

    /// Deletes expired counters now and then, because outsiders determine how many there are, and the application may
    /// not run its maintenance. No request waits for it, and only one purge runs at a time.
    fn purge_occasionally(&self, now: Timestamp) {
        if self.writes.fetch_add(1, Ordering::Relaxed) % PURGE_EVERY != PURGE_EVERY - 1 {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        if self.purging.swap(true, Ordering::AcqRel) {
            return;
        }
        let (records, ended) = (Arc::clone(&self.records), Ended(Arc::clone(&self.purging)));
        runtime.spawn(async move {
            let _ended = ended;
            if let Err(error) = purge(&*records, now, PURGE_MOST).await {
                tracing::warn!(target: "auth::store", %error, "expired records could not be deleted");
            }
        });
    }
}

impl Limiter for RecordsLimiter {
    async fn apply(&self, key: &LimitKey, op: CounterOp, now: Timestamp) -> Result<Decision, LimitError> {
        if let Some(decision) = self.apply_from_memory(key, op, now).await.map_err(LimitError::new)? {
            self.purge_occasionally(now);
            return Ok(decision);
        }
        for _ in 0..MAX_TRIES {
            let read = self.records.get(&self.kind, &key.to_string()).await.map_err(LimitError::new)?;
            let counter = match &read {
                None => None,
                Some(record) => Some(
                    Counter::from_text(&record.value).ok_or_else(|| LimitError::new("a counter is not readable"))?,
                ),
            };
            let (counter, decision) = op.apply(counter, now);
            let Some(counter) = counter else { return Ok(decision) };
            if self.write(key, read, counter, now).await.map_err(LimitError::new)? {
                self.purge_occasionally(now);
                return Ok(decision);
            }
        }
        Ok(Decision::too_many_at_once())
    }
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use std::future::Future;

    use super::*;
    use crate::limit::{Limits, Rate};
    use crate::store::{Erased, MemoryRecords};

    fn two() -> (RecordsLimiter, RecordsLimiter, Arc<dyn DynRecords>) {
        let records: Arc<dyn DynRecords> = Arc::new(Erased(MemoryRecords::new()));
        let limiter = || RecordsLimiter::new(Arc::clone(&records), "User:users.limit");
        (limiter(), limiter(), records)
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);
    const KEY: LimitKey = LimitKey::from_bytes([7; 16]);

    #[test]
    fn login_08_two_processes_admit_together_what_one_would() {
        run(async {
            let (first, second, _) = two();
            let (attempt, mut admitted) = (Limits::default().client_attempt(false), 0);
            for number in 0..200 {
                let limiter = if number % 2 == 0 { &first } else { &second };
                admitted +=
                    usize::from(matches!(limiter.apply(&KEY, attempt, NOW).await, Ok(Decision::Admitted { .. })));
            }
            assert_eq!(admitted, 5);
        });
    }

    #[test]
    fn what_has_expired_is_deleted_now_and_then() {
        run(async {
            let (first, _, records) = two();
            let later = NOW + std::time::Duration::from_mins(5);
            let key = |number: u32| {
                let mut bytes = [0; 16];
                bytes[..4].copy_from_slice(&number.to_be_bytes());
                LimitKey::from_bytes(bytes)
            };
            for number in 0..PURGE_EVERY {
                let now = if number + 1 == PURGE_EVERY { later } else { NOW };
                first.apply(&key(number), CounterOp::take(Rate::per_minute(30)), now).await.unwrap();
            }
            while first.purging.load(Ordering::Acquire) {
                tokio::task::yield_now().await;
            }
            assert_eq!(records.list("User:users.limit", "").await.unwrap().len(), 1);
        });
    }

    #[test]
    fn a_refusal_writes_nothing() {
        run(async {
            let (first, second, records) = two();
            let rate = CounterOp::take(Rate::per_minute(1));
            first.apply(&KEY, rate, NOW).await.unwrap();
            let before = records.get("User:users.limit", &KEY.to_string()).await.unwrap();
            assert!(matches!(second.apply(&KEY, rate, NOW).await, Ok(Decision::Refused { .. })));
            assert_eq!(records.get("User:users.limit", &KEY.to_string()).await.unwrap(), before);
        });
    }
}
