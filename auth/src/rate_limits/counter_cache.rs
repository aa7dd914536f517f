//! Counters as this process last wrote them. Most operations are applied by the process that also applied the previous
//! one, so it need not read the counter again. Memory decides nothing: a write succeeds only if the stored counter is
//! unchanged, and nobody is refused before the store was read.

#[cfg(all(test, model))]
mod interleavings;
#[cfg(all(test, not(model)))]
mod tests;

use std::collections::HashMap;
use std::sync::PoisonError;

use crate::base::sync::{Mutex, MutexGuard};
use crate::limit::LimitKey;
use crate::store::Record;

/// The maximum number of remembered counters, about 400 bytes each. Beyond it all are forgotten, and read again.
const MOST: usize = 8192;

#[derive(Default)]
pub(super) struct CounterCache(Mutex<HashMap<LimitKey, Record>>);

impl CounterCache {
    pub(super) fn take(&self, key: &LimitKey) -> Option<Record> {
        self.lock().remove(key)
    }

    /// Remembers what was written; the store has incremented its version.
    pub(super) fn wrote(&self, key: &LimitKey, record: Record) {
        let version = record.version.saturating_add(1);
        let mut counters = self.lock();
        if counters.len() >= MOST {
            counters.clear();
        }
        counters.insert(*key, Record { version, ..record });
    }

    /// Every change under the lock is a single call, so a panic elsewhere leaves the map consistent.
    fn lock(&self) -> MutexGuard<'_, HashMap<LimitKey, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
