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
mod records;
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
mod users;

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
pub use records::{Record, Records};
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
pub use users::Users;
pub(crate) use users::logins_of;

use std::sync::Arc;
use std::time::Duration;

use crate::model::user::AuthUser;

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
