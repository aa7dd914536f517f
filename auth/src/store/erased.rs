//! The object-safe twins of the storage traits, so that `Auth<U>` has one type parameter. One boxed future per
//! database call is nothing beside the call.

use std::future::Future;
use std::pin::Pin;

use super::{Record, Records, StoreError, Users};
use crate::PasswordHash;
use crate::clock::Timestamp;
use crate::user::{AuthUser, NewUser};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Writes the twin trait and its blanket implementation from one list of signatures.
macro_rules! erase {
    (
        $(#[$doc:meta])* trait $dyn:ident $(<$u:ident>)? of $contract:path {
            $(fn $method:ident(&self $(, $arg:ident: $ty:ty)*) -> $out:ty;)+
        }
    ) => {
        $(#[$doc])*
        #[allow(clippy::elidable_lifetime_names, reason = "most of the argument types in the list name `'a`")]
        pub(crate) trait $dyn$(<$u: AuthUser>)?: Send + Sync + 'static {
            $(fn $method<'a>(&'a self $(, $arg: $ty)*) -> Boxed<'a, $out>;)+
        }

        #[allow(clippy::elidable_lifetime_names, reason = "as above")]
        impl<$($u: AuthUser,)? T: $contract> $dyn$(<$u>)? for T {
            $(fn $method<'a>(&'a self $(, $arg: $ty)*) -> Boxed<'a, $out> {
                Box::pin(<T as $contract>::$method(self $(, $arg)*))
            })+
        }
    };
}

erase! {
    /// [`Users`], boxed.
    trait DynUsers<U> of Users<U> {
        fn find(&self, id: &'a U::Id) -> Option<U>;
        fn find_by_login(&self, index: usize, login: &'a str) -> Option<U>;
        fn create(&self, new: NewUser<U>) -> U;
        fn set_password(&self, id: &'a U::Id, hash: &'a PasswordHash) -> bool;
        fn replace_password(&self, id: &'a U::Id, old: &'a str, new: &'a PasswordHash) -> bool;
        fn set_active(&self, id: &'a U::Id, active: bool, now: Timestamp) -> bool;
        fn set_roles(&self, id: &'a U::Id, roles: &'a U::Roles) -> bool;
        fn set_permissions(&self, id: &'a U::Id, permissions: &'a U::Permissions) -> bool;
        fn delete(&self, id: &'a U::Id) -> bool;
        fn problems(&self) -> Vec<String>;
    }
}

erase! {
    /// [`Records`], boxed.
    trait DynRecords of Records {
        fn problems(&self) -> Vec<String>;
        fn prepare(&self) -> ();
        fn insert(&self, record: &'a Record) -> bool;
        fn get(&self, kind: &'a str, key: &'a str) -> Option<Record>;
        fn replace(&self, record: &'a Record) -> bool;
        fn take(&self, kind: &'a str, key: &'a str) -> Option<Record>;
        fn list(&self, kind: &'a str, owner: &'a str) -> Vec<Record>;
        fn delete_owned(&self, kind: &'a str, owner: &'a str, except: Option<&'a str>) -> u64;
        fn changed_since(&self, kind: &'a str, since: Timestamp) -> Vec<Record>;
        fn purge_expired(&self, now: Timestamp, most: u64) -> u64;
    }
}
