//! Reads and writes of one row, in every order.

use std::sync::Arc;
use std::time::Duration;

use loom::sync::atomic::{AtomicI64, Ordering};
use loom::thread;

use super::UserCache;
use crate::AuthUser;
use crate::base::clock::Timestamp;

/// What `crate = …` names.
mod itself {
    pub(crate) use crate::__private;
}

#[derive(Clone, AuthUser)]
#[auth(table = "users", crate = crate::store::user_cache::interleavings::itself)]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(register)]
    version: i64,
}

const NOW: Timestamp = Timestamp::from_secs(1_000);

/// The table has one row, and of that only the version.
type Table = Arc<AtomicI64>;

/// As `Auth::row` does.
fn read(cache: &UserCache<User>, table: &Table) -> i64 {
    if let Some(cached) = cache.get(&1, 0, NOW) {
        return cached.version;
    }
    let ticket = cache.ticket(&1);
    let row = Arc::new(User { id: 1, email: String::new(), version: table.load(Ordering::Acquire) });
    if let Some(ticket) = ticket {
        cache.insert(ticket, &row, 0, NOW);
    }
    row.version
}

/// As `InvalidatingUsers` does.
fn write(cache: &UserCache<User>, table: &Table, version: i64) {
    let _invalidate = cache.invalidate_on_drop(&1);
    table.store(version, Ordering::Release);
}

#[test]
fn model_no_stale_row_is_returned_after_a_write() {
    loom::model(|| {
        let (cache, table) = (Arc::new(UserCache::new(Duration::from_mins(1))), Table::new(AtomicI64::new(1)));
        let reader = {
            let (cache, table) = (Arc::clone(&cache), Arc::clone(&table));
            thread::spawn(move || read(&cache, &table))
        };
        write(&cache, &table, 2);
        assert_eq!(read(&cache, &table), 2, "the write was acknowledged");
        assert!(reader.join().is_ok());
        assert_eq!(read(&cache, &table), 2, "a reader was late");
    });
}

/// Otherwise the model above would hold for a cache that keeps nothing.
#[test]
fn model_row_stays_cached_without_a_write() {
    loom::model(|| {
        let (cache, table) = (UserCache::new(Duration::from_mins(1)), Table::new(AtomicI64::new(1)));
        read(&cache, &table);
        assert!(cache.get(&1, 0, NOW).is_some());
    });
}
