//! Counters as this process wrote them last: most steps are taken by the process that took the one before, and need not
//! read what it knows. Nothing is decided by memory: a write succeeds only if the counter is still that, and nobody is
//! refused before the store was read.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::limit::LimitKey;
use crate::store::Record;

/// Counters that are remembered, about 400 bytes each. When there are more, all are forgotten: they are read again.
const MOST: usize = 8192;

#[derive(Default)]
pub(super) struct Recent(Mutex<HashMap<LimitKey, Record>>);

impl Recent {
    pub(super) fn take(&self, key: &LimitKey) -> Option<Record> {
        self.lock().remove(key)
    }

    /// Remembers what was written; the store has added one to the version of what was there before.
    pub(super) fn wrote(&self, key: &LimitKey, record: Record, replaced: bool) {
        let version = record.version.saturating_add(i64::from(replaced));
        let mut counters = self.lock();
        if counters.len() >= MOST {
            counters.clear();
        }
        counters.insert(*key, Record { version, ..record });
    }

    /// Every change under the lock is a single call, so a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<LimitKey, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
