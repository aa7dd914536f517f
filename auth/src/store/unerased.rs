//! Unerased stores as stores again: the test kit wraps whatever a backend opens.

use std::sync::Arc;

use super::{Change, ChangeKind, DynRecords, DynUsers, Record, Records, StoreError, StoreStatus, TableReport, Users};
use crate::PasswordHash;
use crate::base::clock::Timestamp;
use crate::model::user::{AuthUser, NewUser};

/// An erased store, for what takes a store.
pub(crate) struct Unerased<S: ?Sized>(pub(crate) Arc<S>);

/// Implements a storage trait for its [`Unerased`] twin.
macro_rules! unerase {
    ($(<$u:ident>)? $contract:path, $dyn:path { $(supports $kind:ty;)?
        $(fn $method:ident(&self $(, $arg:ident: $ty:ty)*) -> $out:ty;)+
    }) => {
        impl$(<$u: AuthUser>)? $contract for Unerased<dyn $dyn> {
            // The store behind it refuses what it does not support.
            $(fn supports(&self, _: $kind) -> bool { true })?
            $(async fn $method(&self $(, $arg: $ty)*) -> Result<$out, StoreError> {
                self.0.$method($($arg),*).await
            })+
        }
    };
}

unerase! {
    <U> Users<U>, DynUsers<U> {
        supports ChangeKind;
        fn find(&self, id: &U::Id) -> Option<U>;
        fn find_by_login(&self, index: usize, login: &str) -> Option<U>;
        fn find_hash(&self, index: usize, login: &str) -> Option<Option<PasswordHash>>;
        fn find_logins(&self, id: &U::Id) -> Option<Vec<Option<String>>>;
        fn stored_as(&self, index: usize, canonical: &str) -> Option<Vec<String>>;
        fn list_each(&self, after: Option<&U::Id>, most: u32) -> Vec<Result<U, StoreError>>;
        fn create(&self, new: NewUser<U>) -> U;
        fn update(&self, id: &U::Id, changes: &[Change<U>]) -> bool;
        fn replace_password(&self, id: &U::Id, old: &str, new: &PasswordHash) -> bool;
        fn delete(&self, id: &U::Id) -> bool;
        fn problems(&self) -> TableReport;
        fn try_create(&self, new: NewUser<U>) -> Vec<String>;
    }
}

unerase! {
    Records, DynRecords {
        fn problems(&self) -> Vec<String>;
        fn migrations(&self) -> Option<String>;
        fn prepare(&self) -> ();
        fn insert(&self, record: &Record) -> bool;
        fn get(&self, kind: &str, key: &str) -> Option<Record>;
        fn replace(&self, record: &Record) -> bool;
        fn get_many(&self, kind: &str, keys: &[&str]) -> Vec<Record>;
        fn write_many(&self, records: &[Record]) -> Vec<bool>;
        fn delete(&self, kind: &str, key: &str) -> bool;
        fn list(&self, kind: &str, owner: &str) -> Vec<Record>;
        fn get_with_owner(&self, kind: &str, key: &str, owner_kind: &str) -> Option<(Record, Option<Record>)>;
        fn get_and_list(&self, get: (&str, &str), list: (&str, &str)) -> (Option<Record>, Vec<Record>);
        fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> u64;
        fn changed_since(&self, kind: &str, since: Timestamp, after: Option<&str>, most: u64) -> Vec<Record>;
        fn purge_expired(&self, now: Timestamp, most: u64) -> u64;
        fn status(&self, now: Timestamp) -> StoreStatus;
    }
}
