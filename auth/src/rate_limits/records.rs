//! Counters among the records: shared by all processes of an application, and kept across restarts.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::runtime::Handle;

use super::counter_cache::CounterCache;
use crate::base::clock::Timestamp;
use crate::limit::{Counter, CounterOp, Decision, LimitError, LimitKey, Limiter};
use crate::store::{DynRecords, Record, purge};

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

/// An operation that was applied to a counter.
struct Applied {
    decision: Decision,
    /// What is to be written, if anything.
    record: Option<Record>,
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

    /// Returns the record of a counter that was read as `read`: of version 0 if there was none.
    fn record(&self, key: &LimitKey, read: Option<&Record>, counter: Counter, now: Timestamp) -> Record {
        let (value, expires_at) = (counter.to_text(), counter.expires_at());
        let version = read.map_or(0, |record| record.version);
        let (kind, owner) = (self.kind.clone(), String::new());
        Record { kind, key: key.to_string(), owner, value, version, expires_at, changed_at: now }
    }

    /// Writes records that have not changed since they were read, and returns which were written.
    async fn write(&self, records: Vec<(LimitKey, Record)>, now: Timestamp) -> Result<Vec<bool>, LimitError> {
        let (keys, records): (Vec<_>, Vec<_>) = records.into_iter().unzip();
        let written = match &*records {
            [] => return Ok(Vec::new()),
            [record] if record.version == 0 => {
                self.records.insert(&Record { version: 1, ..record.clone() }).await.map(|written| vec![written])
            }
            [record] => self.records.replace(record).await.map(|written| vec![written]),
            records => self.records.write_many(records).await,
        };
        let written = written.map_err(LimitError::new)?;
        for ((key, record), _) in keys.iter().zip(records).zip(&written).filter(|(_, written)| **written) {
            self.cache.wrote(key, record);
            self.purge_occasionally(now);
        }
        Ok(written)
    }

    /// Applies an operation to what this process last wrote. Refusals, and operations that change nothing, are left to
    /// the store.
    fn apply_to_known(&self, key: &LimitKey, op: CounterOp, now: Timestamp) -> Option<Applied> {
        // An expired record may have been deleted, and created anew by another process with the same version.
        let known = self.cache.take(key).filter(|known| known.expires_at > now)?;
        let (counter, decision) = op.apply(Counter::from_text(&known.value), now);
        let counter = counter.filter(|_| matches!(decision, Decision::Admitted { .. }))?;
        Some(Applied { decision, record: Some(self.record(key, Some(&known), counter, now)) })
    }

    /// Applies an operation to what the store has.
    fn apply_to_read(
        &self,
        key: &LimitKey,
        op: CounterOp,
        read: Option<&Record>,
        now: Timestamp,
    ) -> Result<Applied, LimitError> {
        let unreadable = || LimitError::new("a counter is not readable");
        let counter = read.map(|record| Counter::from_text(&record.value).ok_or_else(unreadable)).transpose()?;
        let (counter, decision) = op.apply(counter, now);
        Ok(Applied { decision, record: counter.map(|counter| self.record(key, read, counter, now)) })
    }

    /// Applies an operation to what the store has until it is written, or there is nothing to write.
    async fn apply_to_stored(&self, key: &LimitKey, op: CounterOp, now: Timestamp) -> Result<Decision, LimitError> {
        for _ in 0..MAX_TRIES {
            let read = self.records.get(&self.kind, &key.to_string()).await.map_err(LimitError::new)?;
            let applied = self.apply_to_read(key, op, read.as_ref(), now)?;
            let Some(record) = applied.record else { return Ok(applied.decision) };
            if self.write(vec![(*key, record)], now).await? == [true] {
                return Ok(applied.decision);
            }
        }
        Ok(Decision::too_many_at_once())
    }

    /// Reads what this process does not know, all at once, and applies the operations to it.
    async fn read_and_apply(&self, ops: &[(LimitKey, CounterOp)], now: Timestamp) -> Result<Vec<Applied>, LimitError> {
        let known: Vec<_> = ops.iter().map(|(key, op)| self.apply_to_known(key, *op, now)).collect();
        let is_unknown = |(_, known): &(_, &Option<Applied>)| known.is_none();
        let unknown: Vec<_> = ops.iter().zip(&known).filter(is_unknown).map(|((key, _), _)| key.to_string()).collect();
        let read = match &*unknown {
            [] => Vec::new(),
            [key] => self.records.get(&self.kind, key).await.map_err(LimitError::new)?.into_iter().collect(),
            keys => {
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                self.records.get_many(&self.kind, &keys).await.map_err(LimitError::new)?
            }
        };
        let of = |key: String| read.iter().find(|record| record.key == key);
        let applied = ops.iter().zip(known).map(|((key, op), known)| match known {
            Some(known) => Ok(known),
            None => self.apply_to_read(key, *op, of(key.to_string()), now),
        });
        applied.collect()
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
        if let Some(Applied { decision, record: Some(record) }) = self.apply_to_known(key, op, now)
            && self.write(vec![(*key, record)], now).await? == [true]
        {
            return Ok(decision);
        }
        self.apply_to_stored(key, op, now).await
    }

    /// One read at most, and one write; what meets another writer is applied again by itself.
    async fn apply_all(&self, ops: &[(LimitKey, CounterOp)], now: Timestamp) -> Result<Vec<Decision>, LimitError> {
        debug_assert!(ops.iter().map(|(key, _)| key).collect::<HashSet<_>>().len() == ops.len(), "one operation each");
        let mut applied = self.read_and_apply(ops, now).await?;
        let admitted = applied.iter().take_while(|applied| !applied.decision.is_refused()).count();
        applied.truncate(admitted.saturating_add(1));
        let writes: Vec<(usize, (LimitKey, Record))> = (applied.iter_mut().zip(ops).take(admitted).enumerate())
            .filter_map(|(index, (applied, (key, _)))| Some((index, (*key, applied.record.take()?))))
            .collect();
        let (places, records): (Vec<_>, Vec<_>) = writes.into_iter().unzip();
        let written = self.write(records, now).await?;
        let mut decisions: Vec<Decision> = applied.into_iter().map(|applied| applied.decision).collect();
        for (place, _) in places.into_iter().zip(written).filter(|(_, written)| !written) {
            if let (Some(decision), Some((key, op))) = (decisions.get_mut(place), ops.get(place)) {
                *decision = self.apply_to_stored(key, *op, now).await?;
            }
        }
        Ok(decisions)
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
    const OTHER: LimitKey = LimitKey::from_bytes([8; 16]);

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
    fn login_08_several_counters_admit_what_each_would() {
        run(async {
            let (first, second, _) = two();
            let (rate, attempt) = (CounterOp::take(Rate::per_minute(50)), Limits::default().client_attempt(false));
            let ops = [(KEY, rate), (OTHER, attempt)];
            let mut admitted = [0; 2];
            for number in 0..200 {
                let limiter = if number % 2 == 0 { &first } else { &second };
                let decisions = limiter.apply_all(&ops, NOW).await.unwrap();
                for (admitted, decision) in admitted.iter_mut().zip(&decisions) {
                    *admitted += usize::from(matches!(decision, Decision::Admitted { .. }));
                }
                assert!(decisions.len() == 2 || decisions.iter().any(|decision| decision.is_refused()));
            }
            assert_eq!(admitted, [50, 5]);
        });
    }

    #[test]
    fn what_another_process_counted_meanwhile_is_kept() {
        run(async {
            let (first, second, _) = two();
            let rate = CounterOp::take(Rate::per_minute(4));
            let both = [(KEY, rate), (OTHER, rate)];
            first.apply_all(&both, NOW).await.unwrap();
            second.apply(&OTHER, rate, NOW).await.unwrap();
            // The first process still remembers one of each.
            let decisions = first.apply_all(&both, NOW).await.unwrap();
            assert!(decisions.len() == 2 && !decisions.iter().any(|decision| decision.is_refused()));
            let mut left = [0; 2];
            for (left, key) in left.iter_mut().zip([KEY, OTHER]) {
                while !second.apply(&key, rate, NOW).await.unwrap().is_refused() {
                    *left += 1;
                }
            }
            assert_eq!(left, [2, 1]);
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
