use super::{CounterCache, MOST};
use crate::base::clock::Timestamp;
use crate::limit::LimitKey;
use crate::store::Record;

fn key(number: usize) -> LimitKey {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    LimitKey::from_bytes(bytes)
}

fn record(key: &LimitKey) -> Record {
    let (kind, owner, value, time) = (String::new(), String::new(), String::new(), Timestamp::from_secs(1));
    Record { kind, key: key.to_string(), owner, value, version: 1, expires_at: time, changed_at: time }
}

#[test]
fn no_more_counters_are_remembered_than_allowed() {
    let cache = CounterCache::default();
    for number in 0..MOST {
        cache.wrote(&key(number), record(&key(number)));
    }
    assert_eq!(cache.lock().len(), MOST, "nothing is forgotten before that");
    cache.wrote(&key(MOST), record(&key(MOST)));
    assert_eq!(cache.take(&key(MOST)), Some(Record { version: 2, ..record(&key(MOST)) }));
    assert_eq!(cache.lock().len(), 0);
}
