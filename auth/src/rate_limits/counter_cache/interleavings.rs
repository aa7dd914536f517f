//! Two operations on one counter at once.

use std::sync::Arc;

use loom::sync::Mutex;
use loom::thread;

use super::{CounterCache, MOST};
use crate::base::clock::Timestamp;
use crate::limit::LimitKey;
use crate::store::Record;

const KEY: LimitKey = LimitKey::from_bytes([7; 16]);

/// A store with one counter, whose value is a number.
type Store = Arc<Mutex<Option<Record>>>;

fn record(value: i64, version: i64) -> Record {
    let (kind, key, owner, time) = (String::new(), KEY.to_string(), String::new(), Timestamp::from_secs(1));
    Record { kind, key, owner, value: value.to_string(), version, expires_at: time, changed_at: time }
}

fn stored(store: &Store) -> Option<Record> {
    store.lock().ok().and_then(|record| record.clone())
}

fn number(record: &Record) -> i64 {
    record.value.parse().unwrap_or(-1)
}

/// Inserts if `read` is none, otherwise replaces if nobody else has, as stores do; then remembers it.
fn write(cache: &CounterCache, store: &Store, read: Option<&Record>) -> bool {
    let next = record(read.map_or(0, number) + 1, read.map_or(0, |read| read.version));
    let Ok(mut place) = store.lock() else { return false };
    let fits = place.as_ref().map(|record| record.version) == read.map(|read| read.version);
    if fits {
        *place = Some(Record { version: next.version + 1, ..next.clone() });
    }
    drop(place);
    if fits {
        cache.wrote(&KEY, next);
    }
    fits
}

/// As `RecordsLimiter::apply` does: from memory, then from the store until it succeeds.
fn apply(cache: &CounterCache, store: &Store) {
    if let Some(known) = cache.take(&KEY)
        && write(cache, store, Some(&known))
    {
        return;
    }
    while !write(cache, store, stored(store).as_ref()) {}
}

#[test]
fn model_no_step_is_lost_and_memory_matches_store() {
    loom::model(|| {
        let (cache, store) = (Arc::new(CounterCache::default()), Store::default());
        apply(&cache, &store);
        let other = {
            let (cache, store) = (Arc::clone(&cache), Arc::clone(&store));
            thread::spawn(move || apply(&cache, &store))
        };
        apply(&cache, &store);
        assert!(other.join().is_ok());
        let last = stored(&store);
        assert_eq!(last.as_ref().map(number), Some(3));
        if let (Some(known), Some(last)) = (cache.take(&KEY), last) {
            // It may be of an earlier version, and is then refused by the store.
            assert!(known.version < last.version || known == last, "{known:?} is not {last:?}");
        }
    });
}

#[test]
fn model_step_alone_makes_the_next_read_needless() {
    loom::model(|| {
        let (cache, store) = (CounterCache::default(), Store::default());
        for _ in 0..2 {
            apply(&cache, &store);
        }
        let known = cache.take(&KEY);
        assert_eq!(known, stored(&store));
        assert!(MOST >= 1);
    });
}
