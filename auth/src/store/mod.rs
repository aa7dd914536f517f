//! The two storage traits: [`Users`], the application's user table, and [`Records`], the framework's own book-keeping.
//!
//! Sessions, revocations and everything that later features persist are [`Record`]s, so a new backend or a new feature
//! is a single file. Implementors write plain `async fn`; the library boxes the futures.
//!
//! Test your own store with `auth::testing::conformance`, which runs the suite that the built-in stores must pass.
//! `MemoryRecords` and `MemoryUsers` (feature `testing`) are the simplest conforming stores and serve as a reference.

mod arc;
#[cfg_attr(not(feature = "_sqlx"), allow(dead_code, reason = "only databases change users and records at once"))]
mod atomic_changes;
mod budget;
mod change;
mod erased;
mod error;
mod macro_support;
#[cfg(any(feature = "testing", fuzzing))]
mod memory;
mod purge;
mod report;
#[cfg(feature = "_sqlx")]
#[cfg_attr(docsrs, doc(cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))))]
pub mod sql;
mod status;
#[cfg(feature = "testing")]
mod unerased;
mod uninterrupted;
mod update;
mod user_cache;

use atomic_changes::AccountsWithBudget;
#[cfg(any(feature = "_sqlx", feature = "testing"))]
pub(crate) use atomic_changes::Created;
pub(crate) use atomic_changes::{Bumped, Changed, DynAccounts, Inherited, RowChange};
pub(crate) use budget::Budget;
#[cfg(feature = "password")]
pub(crate) use budget::bounded;
pub use change::{Change, ChangeKind};
#[cfg(feature = "testing")]
pub(crate) use erased::Boxed;
use erased::WithBudget;
pub(crate) use erased::{DynRecords, DynUsers, Erased};
pub use error::StoreError;
#[cfg(any(feature = "testing", fuzzing))]
pub use memory::{MemoryRecords, MemoryUsers};
pub(crate) use purge::purge;
pub use report::TableReport;
#[cfg(feature = "_sqlx")]
#[cfg_attr(docsrs, doc(cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))))]
pub use sql::migrations;
pub use status::StoreStatus;
#[cfg(feature = "testing")]
pub(crate) use unerased::Unerased;
pub(crate) use uninterrupted::uninterrupted;
pub(crate) use update::{TRIES, Update, update, write};
pub(crate) use user_cache::{InvalidateOnDrop, InvalidatingUsers, UserCache};

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::PasswordHash;
use crate::base::clock::Timestamp;
use crate::model::user::{AuthUser, NewUser};

/// Returns the logins of a user, in the order of the fields.
pub(crate) fn logins_of<U: AuthUser>(user: &U) -> Vec<Option<String>> {
    (0..U::SCHEMA.logins.len()).map(|index| user.login(index).map(str::to_owned)).collect()
}

/// The application's user table.
///
/// Methods that change a row return whether the row existed.
pub trait Users<U: AuthUser>: Send + Sync + 'static {
    /// Returns the user with this id.
    fn find(&self, id: &U::Id) -> impl Future<Output = Result<Option<U>, StoreError>> + Send;

    /// Returns the user whose login field at `index` holds this (canonical) login; no other column is consulted. Logins
    /// are compared byte by byte, whatever the collation of the column.
    fn find_by_login(&self, index: usize, login: &str) -> impl Future<Output = Result<Option<U>, StoreError>> + Send;

    /// Returns the hash of the account whose login field at `index` holds this login, without reading the rest of the
    /// row: `Some(None)` for an account without a password.
    ///
    /// It is asked when [`find_by_login`](Self::find_by_login) fails with [`StoreError::corrupt`], because somebody who
    /// does not know the password must not learn that the row cannot be read. The default reads the whole row.
    fn find_hash(
        &self,
        index: usize,
        login: &str,
    ) -> impl Future<Output = Result<Option<Option<PasswordHash>>, StoreError>> + Send {
        async move {
            let user = self.find_by_login(index, login).await?;
            Ok(user.map(|user| user.password_hash().map(PasswordHash::from_stored)))
        }
    }

    /// Returns the logins of the user with this id, in the order of the fields, without reading the rest of the row.
    ///
    /// It is asked when [`find`](Self::find) fails with [`StoreError::corrupt`], because an account can be unlocked whose
    /// role this release does not know. The default reads the whole row.
    fn find_logins(&self, id: &U::Id) -> impl Future<Output = Result<Option<Vec<Option<String>>>, StoreError>> + Send {
        async move { Ok(self.find(id).await?.map(|user| logins_of(&user))) }
    }

    /// Returns how rows hold the login at `index` whose canonical form this is, if not in a form that people are looked
    /// up by: with capitals, or with blanks around it. Their owners are then found, and nobody else signs up with it.
    /// `None` if the table is known to have no such row, for any login; the default says that.
    ///
    /// It is asked at every login and sign-up, so it must answer from memory. An answer may be out of date: what it says
    /// is looked up with [`find_by_login`](Self::find_by_login).
    fn stored_as(
        &self,
        index: usize,
        canonical: &str,
    ) -> impl Future<Output = Result<Option<Vec<String>>, StoreError>> + Send {
        let _ = (index, canonical);
        async { Ok(None) }
    }

    /// Returns the first `most` users by id, in the order that the store has for ids; if `after` is given, the first of
    /// those that follow it. For the command line, which shows one page after the other; a store that cannot list its
    /// users fails with [`StoreError::unsupported`], which is the default.
    fn list(&self, after: Option<&U::Id>, most: u32) -> impl Future<Output = Result<Vec<U>, StoreError>> + Send {
        let _ = (after, most);
        async { Err(StoreError::unsupported("this store cannot list its users: it does not implement `Users::list`")) }
    }

    /// Does the same row by row: one that cannot be read is an error in its place, where [`list`](Self::list) fails as a
    /// whole. The default asks `list`.
    fn list_each(
        &self,
        after: Option<&U::Id>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Result<U, StoreError>>, StoreError>> + Send {
        async move { Ok(self.list(after, most).await?.into_iter().map(Ok).collect()) }
    }

    /// Inserts a user and returns the row as stored. Fails with [`StoreError::taken`] if a login is in use (any of
    /// them, if several are), with [`StoreError::rejected`] if the table does not accept a value of the row, and with
    /// [`StoreError::refused`] if it rejects the row for a reason that is not the fault of the person signing up.
    fn create(&self, new: NewUser<U>) -> impl Future<Output = Result<U, StoreError>> + Send;

    /// Returns whether [`update`](Self::update) makes changes of this kind. The default is that it makes none, so a store
    /// names every kind that it knows. Later versions of this library may add kinds; a change that the store does not
    /// support fails with [`StoreError::unsupported`], and `update` is not called for it.
    fn supports(&self, kind: ChangeKind) -> bool {
        let _ = kind;
        false
    }

    /// Makes all the changes to one row, in order, or none of them: nobody sees the row with only some of them. Returns
    /// whether the row existed, also if there are no changes to make.
    ///
    /// Fails with [`StoreError::unsupported`] if there is a change that it does not make. It must not ignore one: the
    /// library would then tell somebody that, for example, an account is disabled.
    fn update(&self, id: &U::Id, changes: &[Change<U>]) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Sets the password hash if it is still `old`, so that a rehash cannot undo a password change.
    fn replace_password(
        &self,
        id: &U::Id,
        old: &str,
        new: &PasswordHash,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Deletes the row.
    fn delete(&self, id: &U::Id) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Looks at the table, as `build()` does, and changes nothing in it: see [`TableReport`].
    fn problems(&self) -> impl Future<Output = Result<TableReport, StoreError>> + Send {
        async { Ok(TableReport::default()) }
    }

    /// Inserts a user as [`create`](Self::create) does, compares the row with what was written, and takes it back.
    /// Returns what was wrong, in one sentence each. A store that cannot take a row back fails with
    /// [`StoreError::unsupported`].
    fn try_create(&self, new: NewUser<U>) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send {
        drop(new);
        async { Err(StoreError::unsupported("this store cannot undo a sign-up")) }
    }
}

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

/// A pair of stores, as created by a [`Backend`].
pub struct Stores<U: AuthUser> {
    pub(crate) users: Arc<dyn DynUsers<U>>,
    pub(crate) records: Arc<dyn DynRecords>,
    /// Both at once, if they share a database.
    pub(crate) accounts: Option<Arc<dyn DynAccounts<U>>>,
}

impl<U: AuthUser> Stores<U> {
    /// Combines two stores.
    ///
    /// A change of an account writes to both. Pools of sqlx make it in one transaction; two stores that are combined
    /// here are written one after the other, so a change that the user table refuses may already have ended sessions.
    pub fn new(users: impl Users<U>, records: impl Records) -> Self {
        Self { users: Arc::new(Erased(users)), records: Arc::new(Erased(records)), accounts: None }
    }

    /// Wraps both stores so that no request waits for them longer than `limit`.
    pub(crate) fn with_budget(self, limit: Duration) -> Self {
        let (users, records) = (WithBudget::new(self.users, limit), WithBudget::new(self.records, limit));
        let accounts = self
            .accounts
            .map(|accounts| -> Arc<dyn DynAccounts<U>> { Arc::new(AccountsWithBudget { accounts, limit }) });
        Self { users: Arc::new(users), records: Arc::new(records), accounts }
    }
}

/// What `Auth::builder` accepts: a connection pool, or a pair of custom [`Users`] and [`Records`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot store users of type `{U}`",
    label = "not a store for `{U}`",
    note = "an `SqlitePool` is one with the feature `sqlite` of the crate `auth`, a `PgPool` with `postgres`, a `MySqlPool` with `mysql`: `auth = {{ version = \"…\", features = [\"mysql\"] }}`",
    note = "a user type that is read from a row has `#[derive(sqlx::FromRow)]`",
    note = "anything else: pass `(users, records)`, your own `auth::store::Users` and `auth::store::Records`"
)]
pub trait Backend<U: AuthUser> {
    /// Opens the stores. Nothing is read or written yet.
    fn open(self) -> Stores<U>;
}

impl<U: AuthUser, A: Users<U>, B: Records> Backend<U> for (A, B) {
    fn open(self) -> Stores<U> {
        Stores::new(self.0, self.1)
    }
}
