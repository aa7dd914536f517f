//! Two storage contracts: [`Users`], the application's table, and [`Records`], our book-keeping.
//!
//! Sessions, revocations, and everything later features remember are [`Record`]s, so a backend is one file, and so
//! is a feature. Implementors write plain `async fn`; the library boxes the futures itself.
//!
//! A store of your own is one when `auth::testing::conformance` says so: it runs against yours what ours must pass.
//! `MemoryRecords` and `MemoryUsers` (feature `testing`) are the plainest stores that do, to be read.

mod erased;
mod error;
mod generated;
#[cfg(feature = "testing")]
mod memory;
mod patience;
mod rows;
mod shared;
#[cfg(feature = "_sqlx")]
#[cfg_attr(docsrs, doc(cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))))]
pub mod sql;

use erased::Patient;
pub(crate) use erased::{Boxing, DynRecords, DynUsers};
pub use error::StoreError;
#[cfg(feature = "testing")]
pub use memory::{Change, MemoryRecords, MemoryUsers};
#[cfg(feature = "password")]
pub(crate) use patience::wait;
pub(crate) use patience::{with_rest, within};
pub(crate) use rows::{Forgetting, Rows};
#[cfg(feature = "_sqlx")]
#[cfg_attr(docsrs, doc(cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))))]
pub use sql::migrations;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::PasswordHash;
use crate::clock::Timestamp;
use crate::user::{AuthUser, NewUser};

/// The application's user table.
///
/// Every method that changes a row answers whether there was such a row.
pub trait Users<U: AuthUser>: Send + Sync + 'static {
    /// The user with this id.
    fn find(&self, id: &U::Id) -> impl Future<Output = Result<Option<U>, StoreError>> + Send;

    /// The user with this (canonical) login in the login field at `index`; no other column is looked at. The match is
    /// byte by byte, whatever the collation of the column.
    fn find_by_login(&self, index: usize, login: &str) -> impl Future<Output = Result<Option<U>, StoreError>> + Send;

    /// Inserts a user and answers the row as stored. [`StoreError::taken`] when a login is in use (any of them, if
    /// several are), [`StoreError::rejected`] when the table does not take a value of the row, and
    /// [`StoreError::refused`] when it does not want the row for a reason that is no fault of whoever signs up.
    fn create(&self, new: NewUser<U>) -> impl Future<Output = Result<U, StoreError>> + Send;

    /// Sets the password hash.
    fn set_password(&self, id: &U::Id, hash: &PasswordHash) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Sets the password hash if it is still `old`: a rehash must not undo a change of password.
    fn replace_password(
        &self,
        id: &U::Id,
        old: &str,
        new: &PasswordHash,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Switches the account on or off.
    fn set_active(
        &self,
        id: &U::Id,
        active: bool,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Sets the roles.
    fn set_roles(&self, id: &U::Id, roles: &U::Roles) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Sets the user's own permissions.
    fn set_permissions(
        &self,
        id: &U::Id,
        permissions: &U::Permissions,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Deletes the row.
    fn delete(&self, id: &U::Id) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// What is wrong with the table, one sentence each with the statement that would set it right, as far as it can be
    /// seen at start-up: a column that is missing, of the wrong type, NULL where it must not be, or without the default
    /// that sign-up needs, a login without a unique index, a login that is not in canonical form.
    fn problems(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send {
        async { Ok(Vec::new()) }
    }
}

/// One piece of book-keeping. A kind has at most 255 bytes, a key and an owner 1024: SQL stores refuse longer ones, since
/// not every database could compare them byte by byte. It prints without its value, which may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// What it is, with the user type it belongs to: `User:users.session`.
    pub kind: String,
    /// Unique within the kind. Compared byte by byte: no collation, no trimming.
    pub key: String,
    /// The user it belongs to (id as text), or empty.
    pub owner: String,
    /// The content, text.
    pub value: String,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it may be forgotten. A store may answer a record after that time; callers look.
    pub expires_at: Timestamp,
    /// When it was last written, for [`Records::changed_since`].
    pub changed_at: Timestamp,
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

/// Where book-keeping lives. Every conditional write decides in one statement, so two callers never both win.
pub trait Records: Send + Sync + 'static {
    /// What is wrong with the tables, one sentence each, as far as it can be seen before [`prepare`](Self::prepare).
    fn problems(&self) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Makes the tables, if need be. Called once by `build()`.
    fn prepare(&self) -> impl Future<Output = Result<(), StoreError>> + Send {
        async { Ok(()) }
    }

    /// Inserts the record if there is none of that kind and key; answers whether it did. `version` is stored as given.
    fn insert(&self, record: &Record) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The record of that kind and key.
    fn get(&self, kind: &str, key: &str) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// Replaces owner, value and times if the stored version is `record.version`, and adds one to the version;
    /// answers whether it did. A record that is not there is not replaced.
    fn replace(&self, record: &Record) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Deletes the record and answers it as it was at that moment; of many callers at once, exactly one gets it.
    fn take(&self, kind: &str, key: &str) -> impl Future<Output = Result<Option<Record>, StoreError>> + Send;

    /// The records of that kind that belong to `owner`, by key.
    fn list(&self, kind: &str, owner: &str) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// Deletes the records of that kind that belong to `owner`, all but the one of key `except`; answers how many.
    fn delete_owned(
        &self,
        kind: &str,
        owner: &str,
        except: Option<&str>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// The first records of that kind written at or after `since`, `most` at most: oldest first, by key (byte by byte)
    /// within one moment.
    ///
    /// With a key `after`, those written at `since` count only if their key comes after it: whoever got `most` asks again
    /// with time and key of the last one, until there are fewer.
    fn changed_since(
        &self,
        kind: &str,
        since: Timestamp,
        after: Option<&str>,
        most: u64,
    ) -> impl Future<Output = Result<Vec<Record>, StoreError>> + Send;

    /// Deletes records that expired before `now`, whatever their kind, about `most` of them; answers how many it deleted.
    ///
    /// Which ones is the store's choice. It deletes fewer than `most` only if no others had expired, or if somebody else
    /// deleted some of them meanwhile; so whoever wants all of them gone asks until an answer is smaller than `most`. It
    /// may delete more where it cannot tell records apart (SQL stores: all that expired in one millisecond), and none if
    /// `most` is zero. A record that has not expired is never touched.
    fn purge_expired(&self, now: Timestamp, most: u64) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

/// Both contracts, as [`Backend`] makes them.
pub struct Stores<U: AuthUser> {
    pub(crate) users: Arc<dyn DynUsers<U>>,
    pub(crate) records: Arc<dyn DynRecords>,
}

impl<U: AuthUser> Stores<U> {
    /// Puts two stores together.
    pub fn new(users: impl Users<U>, records: impl Records) -> Self {
        Self { users: Arc::new(Boxing(users)), records: Arc::new(Boxing(records)) }
    }

    /// The same stores, which keep no request waiting for longer than that.
    pub(crate) fn patient(self, patience: Duration) -> Self {
        let (users, records) = (Patient::new(self.users, patience), Patient::new(self.records, patience));
        Self { users: Arc::new(users), records: Arc::new(records) }
    }
}

/// What `Auth::builder` takes: a connection pool, or a pair of your own [`Users`] and [`Records`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot store users of type `{U}`",
    label = "not a store for `{U}`",
    note = "an `SqlitePool` is one with the feature `sqlite` of the crate `auth`, a `PgPool` with `postgres`, a `MySqlPool` with `mysql`: `auth = {{ version = \"…\", features = [\"mysql\"] }}`",
    note = "a user type that is read from a row has `#[derive(sqlx::FromRow)]`",
    note = "anything else: pass `(users, records)`, your own `auth::store::Users` and `auth::store::Records`"
)]
pub trait Backend<U: AuthUser> {
    /// Opens it. Nothing is read or written yet.
    fn open(self) -> Stores<U>;
}

impl<U: AuthUser, A: Users<U>, B: Records> Backend<U> for (A, B) {
    fn open(self) -> Stores<U> {
        Stores::new(self.0, self.1)
    }
}
