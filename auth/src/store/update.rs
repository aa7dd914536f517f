//! Changes of one record by compare and set: read it, decide, and write unless somebody else has written meanwhile.

use super::{DynRecords, Record, StoreError};

/// How often a compare-and-set is retried before the store counts as too busy. Each failure means that somebody else
/// succeeded, so this takes as many rivals within a few milliseconds.
pub(crate) const TRIES: usize = 64;

/// What to do about the record that was read.
pub(crate) enum Update<T> {
    /// Put this one in its place, whatever its version says.
    Write(Record, T),
    /// Leave everything as it is.
    Keep(T),
}

/// Reads the record with this kind and key, and does what `decide` says; again, if it has changed meanwhile. `known` is
/// the record as the caller has read it, if it has. Returns what `decide` has returned, and the record that was
/// written, as stored.
///
/// # Errors
/// Those of `decide` and of the store, and that `what` (a text such as "the session") was changed by too many at once.
pub(crate) async fn update<T: Send, E: From<StoreError>>(
    records: &dyn DynRecords,
    (kind, key): (&str, &str),
    mut known: Option<Record>,
    what: &'static str,
    mut decide: impl FnMut(Option<Record>) -> Result<Update<T>, E> + Send,
) -> Result<(T, Option<Record>), E> {
    for _ in 0..TRIES {
        let read = match known.take() {
            Some(known) => Some(known),
            None => records.get(kind, key).await?,
        };
        let version = read.as_ref().map(|record| record.version);
        match decide(read)? {
            Update::Keep(decided) => return Ok((decided, None)),
            Update::Write(record, decided) => {
                if let Some(stored) = write(records, record, version).await? {
                    return Ok((decided, Some(stored)));
                }
            }
        }
    }
    Err(StoreError::unavailable(format!("{what} was changed by too many at once")).into())
}

/// Replaces the record of this version, or inserts it if there was none. Returns it as stored, or `None` if somebody
/// else has written meanwhile.
pub(crate) async fn write(
    records: &dyn DynRecords,
    record: Record,
    read: Option<i64>,
) -> Result<Option<Record>, StoreError> {
    let record = Record { version: read.unwrap_or(1), ..record };
    let stored = match read {
        Some(version) => {
            records.replace(&record).await?.then(|| Record { version: version.saturating_add(1), ..record })
        }
        None => records.insert(&record).await?.then_some(record),
    };
    Ok(stored)
}

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests {
    use super::{TRIES, Update, update};
    use crate::base::clock::Timestamp;
    use crate::store::{DynRecords, Erased, MemoryRecords, Record, StoreError};

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn counter(value: u64) -> Record {
        let (kind, key, owner) = ("test".to_owned(), "a".to_owned(), String::new());
        Record { kind, key, owner, value: value.to_string(), version: 7, expires_at: NOW, changed_at: NOW }
    }

    #[expect(clippy::unnecessary_wraps, reason = "what `update` takes")]
    fn next(read: Option<Record>) -> Result<Update<u64>, StoreError> {
        let next = read.map_or(0, |record| record.value.parse().unwrap_or(0)) + 1;
        Ok(Update::Write(counter(next), next))
    }

    /// Stores in memory need no runtime.
    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        loop {
            if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
        }
    }

    #[test]
    fn what_was_written_is_returned_as_stored() {
        let records = Erased(MemoryRecords::new());
        for expected in 1..=3 {
            let (value, stored) = run(update(&records, ("test", "a"), None, "it", next)).unwrap();
            assert_eq!(
                (value, stored.map(|record| record.version)),
                (expected, Some(i64::try_from(expected).unwrap()))
            );
        }
    }

    #[test]
    fn a_record_that_has_changed_is_decided_about_again() {
        let records = Erased(MemoryRecords::new());
        let old = run(update(&records, ("test", "a"), None, "it", next)).unwrap().1;
        run(update(&records, ("test", "a"), None, "it", next)).unwrap();
        let (value, stored) = run(update(&records, ("test", "a"), old, "it", next)).unwrap();
        assert_eq!((value, stored.map(|record| record.version)), (3, Some(3)));
    }

    #[test]
    fn what_is_kept_is_not_written() {
        let records = Erased(MemoryRecords::new());
        let keep = |read: Option<Record>| Ok::<_, StoreError>(Update::Keep(read.is_some()));
        assert!(matches!(run(update(&records, ("test", "a"), None, "it", keep)), Ok((false, None))));
    }

    #[test]
    fn too_many_writers_are_an_error_naming_the_record() {
        let records = Erased(MemoryRecords::new());
        let mut decided = 0;
        let decide = |read: Option<Record>| {
            decided += 1;
            // Somebody else is always faster.
            let _ = run(DynRecords::delete(&records, "test", "a"));
            let _ = run(DynRecords::insert(&records, &Record { version: 100 + decided, ..counter(0) }));
            next(read)
        };
        let error = run(update(&records, ("test", "a"), None, "the counter", decide)).unwrap_err();
        assert!(error.is_unavailable());
        assert!(format!("{error:?}").contains("the counter was changed by too many at once"));
        assert_eq!(usize::try_from(decided).unwrap(), TRIES);
    }
}
