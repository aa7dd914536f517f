//! The object-safe twins of the storage traits, so that `Auth<U>` has one type parameter. One boxed future per database
//! call is negligible compared to the call.
//!
//! Storage is two contracts: `Users` is the application's table, `Records` is our own bookkeeping (sessions,
//! revocations, epochs). A new backend is one file, a new feature one more kind of record.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::budget::bounded;
use super::{Change, Record, Records, StoreError, StoreStatus, TableReport, Users};
use crate::PasswordHash;
use crate::base::clock::Timestamp;
use crate::model::user::{AuthUser, NewUser};

pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Adapts a store to its object-safe twin.
pub(crate) struct Erased<T>(pub(crate) T);

/// A store with a limit on how long it may keep a request waiting: see [`budget`](super::budget).
pub(crate) struct WithBudget<S: ?Sized> {
    store: Arc<S>,
    limit: Duration,
}

impl<S: ?Sized> WithBudget<S> {
    pub(crate) fn new(store: Arc<S>, limit: Duration) -> Self {
        Self { store, limit }
    }
}

/// Defines the twin trait and implements it for every store and for [`WithBudget`], from one list of signatures. Calls
/// made at start-up and in the background are `[no_timeout]`. `as f` calls the function `f` in place of the method.
macro_rules! erase {
    (
        $(#[$doc:meta])* trait $dyn:ident $(<$u:ident>)? of $contract:path {
            $($(#[$attr:meta])* fn $method:ident(&self $(, $arg:ident: $ty:ty)*) -> $out:ty $(as $with:ident)? $([$no_timeout:ident])?;)+
        }
    ) => {
        $(#[$doc])*
        #[allow(clippy::elidable_lifetime_names, reason = "most of the argument types in the list name `'a`")]
        pub(crate) trait $dyn$(<$u: AuthUser>)?: Send + Sync + 'static {
            $($(#[$attr])* fn $method<'a>(&'a self $(, $arg: $ty)*) -> Boxed<'a, $out>;)+
        }

        #[allow(clippy::elidable_lifetime_names, reason = "as above")]
        impl<$($u: AuthUser,)? T: $contract> $dyn$(<$u>)? for Erased<T> {
            $(fn $method<'a>(&'a self $(, $arg: $ty)*) -> Boxed<'a, $out> {
                Box::pin(erase!(@contract (&self.0 $(, $arg)*), <T as $contract>::$method $(, $with)?))
            })+
        }

        #[allow(clippy::elidable_lifetime_names, reason = "as above")]
        impl$(<$u: AuthUser>)? $dyn$(<$u>)? for WithBudget<dyn $dyn$(<$u>)?> {
            $(fn $method<'a>(&'a self $(, $arg: $ty)*) -> Boxed<'a, $out> {
                erase!(@call self.limit, self.store.$method($($arg),*) $(, $no_timeout)?)
            })+
        }
    };
    (@contract $args:tt, $method:expr, $with:ident) => { $with $args };
    (@contract $args:tt, $method:expr) => { $method $args };
    (@call $limit:expr, $call:expr, no_timeout) => { $call };
    (@call $limit:expr, $call:expr) => { Box::pin(bounded($limit, $call)) };
}

/// Makes changes that the store says it supports. One that it does not know is an error, whatever its `update` would do.
async fn update_supported<U: AuthUser, T: Users<U>>(
    users: &T,
    id: &U::Id,
    changes: &[Change<U>],
) -> Result<bool, StoreError> {
    if !changes.iter().all(|change| users.supports(change.kind())) {
        return Err(StoreError::unsupported("the store does not support this change of a user"));
    }
    users.update(id, changes).await
}

erase! {
    /// [`Users`], boxed.
    trait DynUsers<U> of Users<U> {
        fn find(&self, id: &'a U::Id) -> Option<U>;
        fn find_by_login(&self, index: usize, login: &'a str) -> Option<U>;
        fn find_hash(&self, index: usize, login: &'a str) -> Option<Option<PasswordHash>>;
        fn find_logins(&self, id: &'a U::Id) -> Option<Vec<Option<String>>>;
        fn stored_as(&self, index: usize, canonical: &'a str) -> Option<Vec<String>>;
        #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the command line lists users"))]
        fn list_each(&self, after: Option<&'a U::Id>, most: u32) -> Vec<Result<U, StoreError>>;
        fn create(&self, new: NewUser<U>) -> U;
        fn update(&self, id: &'a U::Id, changes: &'a [Change<U>]) -> bool as update_supported;
        fn replace_password(&self, id: &'a U::Id, old: &'a str, new: &'a PasswordHash) -> bool;
        fn delete(&self, id: &'a U::Id) -> bool;
        fn problems(&self) -> TableReport [no_timeout];
        fn try_create(&self, new: NewUser<U>) -> Vec<String> [no_timeout];
    }
}

erase! {
    /// [`Records`], boxed.
    trait DynRecords of Records {
        fn problems(&self) -> Vec<String> [no_timeout];
        #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the command line prints them"))]
        fn migrations(&self) -> Option<String> [no_timeout];
        fn prepare(&self) -> () [no_timeout];
        fn insert(&self, record: &'a Record) -> bool;
        fn get(&self, kind: &'a str, key: &'a str) -> Option<Record>;
        fn replace(&self, record: &'a Record) -> bool;
        fn get_many(&self, kind: &'a str, keys: &'a [&'a str]) -> Vec<Record>;
        fn write_many(&self, records: &'a [Record]) -> Vec<bool>;
        fn delete(&self, kind: &'a str, key: &'a str) -> bool;
        fn list(&self, kind: &'a str, owner: &'a str) -> Vec<Record>;
        fn get_with_owner(&self, kind: &'a str, key: &'a str, owner_kind: &'a str) -> Option<(Record, Option<Record>)>;
        fn get_and_list(&self, get: (&'a str, &'a str), list: (&'a str, &'a str)) -> (Option<Record>, Vec<Record>);
        fn delete_owned(&self, kind: &'a str, owner: &'a str, except: Option<&'a str>) -> u64;
        fn changed_since(&self, kind: &'a str, since: Timestamp, after: Option<&'a str>, most: u64) -> Vec<Record> [no_timeout];
        fn purge_expired(&self, now: Timestamp, most: u64) -> u64 [no_timeout];
        #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the command line asks"))]
        fn status(&self, now: Timestamp) -> StoreStatus [no_timeout];
    }
}
