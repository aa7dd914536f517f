//! The framework's own book-keeping.

use std::fmt;
use std::future::Future;

use serde::de::DeserializeOwned;

use crate::base::clock::Timestamp;

use super::error::StoreError;
use super::status::StoreStatus;

/// A book-keeping entry. A kind has at most 255 bytes, a key and an owner at most 1024: SQL stores refuse longer ones,
/// because not every database can compare them byte by byte. The `Debug` output omits the value, which may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The kind of entry, prefixed with the user type it belongs to: `User:users.session`.
    pub kind: String,
    /// Unique within the kind. Compared byte by byte: no collation, no trimming.
    pub key: String,
    /// The id of the owning user, as text, or empty.
    pub owner: String,
    /// The content, as text.
    pub value: String,
    /// The number of changes, starting at 1.
    pub version: i64,
    /// When the record may be deleted. A store may still return it after that time; callers check.
    pub expires_at: Timestamp,
    /// When the record was last written, for [`Records::changed_since`].
    pub changed_at: Timestamp,
}

impl Record {
    /// Returns a new record that belongs to nobody and never expires.
    pub(crate) fn of_nobody(kind: &str, key: impl Into<String>, value: String, now: Timestamp) -> Self {
        Self {
            kind: kind.to_owned(),
            key: key.into(),
            owner: String::new(),
            value,
            version: 1,
            expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
            changed_at: now,
        }
    }

    /// Reads the value of one of several records of an account. One that this release cannot read (a later one may have
    /// written it) is skipped: it lets nobody in, and the others must not be lost with it. `what` is what the log calls it.
    pub(crate) fn value_if_readable<T: DeserializeOwned>(&self, what: &'static str) -> Option<T> {
        serde_json::from_str(&self.value)
            .inspect_err(|error| {
                let error: &dyn std::error::Error = error;
                tracing::debug!(target: "auth::store", error, user = self.owner, what, "a record cannot be read");
            })
            .ok()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("kind", &self.kind)
            .field("key", &self.key)
            .field("owner", &self.owner)
            .field("version", &self.version)
            .field("expires_at", &self.expires_at)
            .field("changed_at", &self.changed_at)
            .finish_non_exhaustive()
    }
}

/// Storage for book-keeping. Every conditional write is decided in one statement, so two callers never both win.
pub trait Records: Send + Sync + 'static {
    /// Returns the problems with the tables that can be detected before [`prepare`](Self::prepare), one sentence each.
    fn problems(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Returns the statements that create the tables, for people who run them with another tool; `None` if there are
    /// none.
    fn migrations(&self) -> impl Future<Output = Result<Option<String>, StoreError>> + Send {
        async { Ok(None) }
    }

    /// Creates the tables if necessary. Called once by `build()`.
    fn prepare(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }

    /// Inserts the record unless one with this kind and key exists, and returns whether it did. `version` is stored as
    /// given.
    fn insert(&self, record: &Record) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Returns the record with this kind and key.
    fn get(&self, kind: &str, key: &str) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// Replaces owner, value and times if the stored version equals `record.version`, increments the version, and
    /// returns whether it did. Never creates a record.
    fn replace(&self, record: &Record) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Returns the records of this kind that have one of these keys, in any order. The default asks for one after the
    /// other.
    fn get_many(&self, kind: &str, keys: &[&str]) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send {
        async move {
            let mut found = Vec::with_capacity(keys.len());
            for key in keys {
                found.extend(self.get(kind, key).await?);
            }
            Ok(found)
        }
    }

    /// Writes several records, no two with the same kind and key, and returns for each whether it was written, in the
    /// same order: one of version 0 if there is none of that kind and key, as [`insert`](Self::insert) does, and any
    /// other as [`replace`](Self::replace) does. Either increments the version.
    ///
    /// A record need not be written because another one is not, so a caller tries again one by one. A record that was
    /// deleted after it had been read may be created again: this is for records that nobody deletes before they expire.
    ///
    /// The default writes one after the other; a database that writes all of them at once saves round trips.
    fn write_many(&self, records: &[Record]) -> impl Future<Output = Result<Vec<bool>, StoreError>> + Send {
        async move {
            let mut written = Vec::with_capacity(records.len());
            for record in records {
                written.push(match record.version {
                    0 => self.insert(&Record { version: 1, ..record.clone() }).await?,
                    _ => self.replace(record).await?,
                });
            }
            Ok(written)
        }
    }

    /// Deletes the record and returns whether it was there. Of several concurrent callers, exactly one gets `true`: that is
    /// how a mailed link is used once.
    fn delete(&self, kind: &str, key: &str) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Returns the records of this kind that belong to `owner`, ordered by key.
    fn list(&self, kind: &str, owner: &str) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// Returns the record with this kind and key, and the one of the other kind `owner_kind` whose key is its owner: a
    /// session, and the epoch of its user. The second must not be read earlier than the first.
    ///
    /// The default asks twice; a database that answers both at once saves a round trip.
    fn get_with_owner(
        &self,
        kind: &str,
        key: &str,
        owner_kind: &str,
    ) -> impl Future<Output = Result<Option<(Record, Option<Record>)>, StoreError>> + Send {
        async move {
            let Some(record) = self.get(kind, key).await? else { return Ok(None) };
            let owners = self.get(owner_kind, &record.owner).await?;
            Ok(Some((record, owners)))
        }
    }

    /// Returns what [`get`](Self::get) returns for the first kind and key, and what [`list`](Self::list) returns for the
    /// other kind and owner. The list must not be read earlier than the record.
    ///
    /// The default asks twice, as above.
    fn get_and_list(
        &self,
        get: (&str, &str),
        list: (&str, &str),
    ) -> impl Future<Output = Result<(Option<Record>, Vec<Record>), StoreError>> + Send {
        async move { Ok((self.get(get.0, get.1).await?, self.list(list.0, list.1).await?)) }
    }

    /// Deletes the records of this kind that belong to `owner`, except the one with the key `except`, and returns how
    /// many.
    fn delete_owned(
        &self,
        kind: &str,
        owner: &str,
        except: Option<&str>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Returns the first `most` records of this kind that were written at or after `since`: oldest first, and by key
    /// (byte by byte) within the same time.
    ///
    /// If `after` is given, records written exactly at `since` are included only if their key is greater. A caller that
    /// gets `most` records asks again with the time and key of the last one, until it gets fewer.
    fn changed_since(
        &self,
        kind: &str,
        since: Timestamp,
        after: Option<&str>,
        most: u64,
    ) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// Deletes about `most` records of any kind that expired before `now`, and returns how many it deleted.
    ///
    /// The store chooses which ones. It deletes fewer than `most` only if no others had expired or if another caller
    /// deleted some of them concurrently; to delete all of them, call it until it returns less than `most`. It may
    /// delete more if it cannot tell records apart (SQL stores: all that expired in the same millisecond), and deletes
    /// none if `most` is zero. Records that have not expired are never touched.
    fn purge_expired(&self, now: Timestamp, most: u64) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Returns what an operator wants to know of the store at this time, and changes nothing: for `doctor` of the command
    /// line. The default knows nothing.
    fn status(&self, now: Timestamp) -> impl Future<Output = Result<StoreStatus, StoreError>> + Send {
        let _ = now;
        async { Ok(StoreStatus::default()) }
    }
}
