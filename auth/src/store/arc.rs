//! Implements the storage traits for [`Arc`]s of stores, so that two parts of an application can share one.

use std::sync::Arc;

use super::{Change, ChangeKind, Record, Records, StoreError, StoreStatus, TableReport, Users};
use crate::PasswordHash;
use crate::base::clock::Timestamp;
use crate::model::user::{AuthUser, NewUser};

impl<U: AuthUser, T: Users<U>> Users<U> for Arc<T> {
    async fn find(&self, id: &U::Id) -> Result<Option<U>, StoreError> {
        T::find(self, id).await
    }
    async fn find_by_login(&self, index: usize, login: &str) -> Result<Option<U>, StoreError> {
        T::find_by_login(self, index, login).await
    }
    async fn find_hash(&self, index: usize, login: &str) -> Result<Option<Option<PasswordHash>>, StoreError> {
        T::find_hash(self, index, login).await
    }
    async fn find_logins(&self, id: &U::Id) -> Result<Option<Vec<Option<String>>>, StoreError> {
        T::find_logins(self, id).await
    }
    async fn stored_as(&self, index: usize, canonical: &str) -> Result<Option<Vec<String>>, StoreError> {
        T::stored_as(self, index, canonical).await
    }
    async fn list(&self, after: Option<&U::Id>, most: u32) -> Result<Vec<U>, StoreError> {
        T::list(self, after, most).await
    }
    async fn list_each(&self, after: Option<&U::Id>, most: u32) -> Result<Vec<Result<U, StoreError>>, StoreError> {
        T::list_each(self, after, most).await
    }
    async fn create(&self, new: NewUser<U>) -> Result<U, StoreError> {
        T::create(self, new).await
    }
    fn supports(&self, kind: ChangeKind) -> bool {
        T::supports(self, kind)
    }
    async fn update(&self, id: &U::Id, changes: &[Change<U>]) -> Result<bool, StoreError> {
        T::update(self, id, changes).await
    }
    async fn replace_password(&self, id: &U::Id, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        T::replace_password(self, id, old, new).await
    }
    async fn delete(&self, id: &U::Id) -> Result<bool, StoreError> {
        T::delete(self, id).await
    }
    async fn problems(&self) -> Result<TableReport, StoreError> {
        T::problems(self).await
    }
    async fn try_create(&self, new: NewUser<U>) -> Result<Vec<String>, StoreError> {
        T::try_create(self, new).await
    }
}

impl<T: Records> Records for Arc<T> {
    async fn problems(&self) -> Result<Vec<String>, StoreError> {
        T::problems(self).await
    }
    async fn migrations(&self) -> Result<Option<String>, StoreError> {
        T::migrations(self).await
    }
    async fn prepare(&self) -> Result<(), StoreError> {
        T::prepare(self).await
    }
    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        T::insert(self, record).await
    }
    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        T::get(self, kind, key).await
    }
    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        T::replace(self, record).await
    }
    async fn get_many(&self, kind: &str, keys: &[&str]) -> Result<Vec<Record>, StoreError> {
        T::get_many(self, kind, keys).await
    }
    async fn write_many(&self, records: &[Record]) -> Result<Vec<bool>, StoreError> {
        T::write_many(self, records).await
    }
    async fn delete(&self, kind: &str, key: &str) -> Result<bool, StoreError> {
        T::delete(self, kind, key).await
    }
    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        T::list(self, kind, owner).await
    }
    async fn get_with_owner(
        &self,
        kind: &str,
        key: &str,
        owner_kind: &str,
    ) -> Result<Option<(Record, Option<Record>)>, StoreError> {
        T::get_with_owner(self, kind, key, owner_kind).await
    }
    async fn get_and_list(
        &self,
        get: (&str, &str),
        list: (&str, &str),
    ) -> Result<(Option<Record>, Vec<Record>), StoreError> {
        T::get_and_list(self, get, list).await
    }
    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        T::delete_owned(self, kind, owner, except).await
    }
    async fn changed_since(
        &self,
        kind: &str,
        since: Timestamp,
        after: Option<&str>,
        most: u64,
    ) -> Result<Vec<Record>, StoreError> {
        T::changed_since(self, kind, since, after, most).await
    }
    async fn purge_expired(&self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        T::purge_expired(self, now, most).await
    }
    async fn status(&self, now: Timestamp) -> Result<StoreStatus, StoreError> {
        T::status(self, now).await
    }
}
