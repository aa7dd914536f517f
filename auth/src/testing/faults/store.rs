//! Both storage traits, with each call subject to the plan.

use super::Faults;
use crate::PasswordHash;
use crate::base::clock::Timestamp;
use crate::model::user::{AuthUser, NewUser};
use crate::store::{Change, ChangeKind, Record, Records, StoreError, StoreStatus, TableReport, Users};

/// A store whose calls are subject to [`Faults`]. It implements [`Users`] or [`Records`] if the wrapped store does.
#[derive(Clone, Debug)]
pub struct Faulty<T> {
    pub(super) store: T,
    pub(super) faults: Faults,
}

impl<T> Faulty<T> {
    /// Returns the wrapped store, for access that is not subject to any plan.
    #[must_use]
    pub const fn inner(&self) -> &T {
        &self.store
    }
}

impl<U: AuthUser, T: Users<U>> Users<U> for Faulty<T> {
    async fn find(&self, id: &U::Id) -> Result<Option<U>, StoreError> {
        self.faults.around("users.find", self.store.find(id)).await
    }
    async fn find_by_login(&self, index: usize, login: &str) -> Result<Option<U>, StoreError> {
        self.faults.around("users.find_by_login", self.store.find_by_login(index, login)).await
    }
    async fn find_hash(&self, index: usize, login: &str) -> Result<Option<Option<PasswordHash>>, StoreError> {
        self.faults.around("users.find_hash", self.store.find_hash(index, login)).await
    }
    async fn find_logins(&self, id: &U::Id) -> Result<Option<Vec<Option<String>>>, StoreError> {
        self.faults.around("users.find_logins", self.store.find_logins(id)).await
    }
    // It is answered from memory, where nothing fails.
    async fn stored_as(&self, index: usize, canonical: &str) -> Result<Option<Vec<String>>, StoreError> {
        self.store.stored_as(index, canonical).await
    }
    async fn list(&self, after: Option<&U::Id>, most: u32) -> Result<Vec<U>, StoreError> {
        self.faults.around("users.list", self.store.list(after, most)).await
    }
    async fn list_each(&self, after: Option<&U::Id>, most: u32) -> Result<Vec<Result<U, StoreError>>, StoreError> {
        self.faults.around("users.list", self.store.list_each(after, most)).await
    }
    async fn create(&self, new: NewUser<U>) -> Result<U, StoreError> {
        self.faults.around("users.create", self.store.create(new)).await
    }
    // A property of the store, which cannot fail.
    fn supports(&self, kind: ChangeKind) -> bool {
        self.store.supports(kind)
    }
    async fn update(&self, id: &U::Id, changes: &[Change<U>]) -> Result<bool, StoreError> {
        self.faults.around("users.update", self.store.update(id, changes)).await
    }
    async fn replace_password(&self, id: &U::Id, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        self.faults.around("users.replace_password", self.store.replace_password(id, old, new)).await
    }
    async fn delete(&self, id: &U::Id) -> Result<bool, StoreError> {
        self.faults.around("users.delete", self.store.delete(id)).await
    }
    async fn problems(&self) -> Result<TableReport, StoreError> {
        self.faults.around("users.problems", self.store.problems()).await
    }
    async fn try_create(&self, new: NewUser<U>) -> Result<Vec<String>, StoreError> {
        self.faults.around("users.try_create", self.store.try_create(new)).await
    }
}

impl<T: Records> Records for Faulty<T> {
    async fn problems(&self) -> Result<Vec<String>, StoreError> {
        self.faults.around("records.problems", self.store.problems()).await
    }
    async fn migrations(&self) -> Result<Option<String>, StoreError> {
        self.store.migrations().await
    }
    async fn prepare(&self) -> Result<(), StoreError> {
        self.faults.around("records.prepare", self.store.prepare()).await
    }
    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        self.faults.around("records.insert", self.store.insert(record)).await
    }
    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.faults.around("records.get", self.store.get(kind, key)).await
    }
    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        self.faults.around("records.replace", self.store.replace(record)).await
    }
    async fn get_many(&self, kind: &str, keys: &[&str]) -> Result<Vec<Record>, StoreError> {
        self.faults.around("records.get_many", self.store.get_many(kind, keys)).await
    }
    async fn write_many(&self, records: &[Record]) -> Result<Vec<bool>, StoreError> {
        self.faults.around("records.write_many", self.store.write_many(records)).await
    }
    async fn delete(&self, kind: &str, key: &str) -> Result<bool, StoreError> {
        self.faults.around("records.delete", self.store.delete(kind, key)).await
    }
    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        self.faults.around("records.list", self.store.list(kind, owner)).await
    }
    async fn get_with_owner(
        &self,
        kind: &str,
        key: &str,
        owner_kind: &str,
    ) -> Result<Option<(Record, Option<Record>)>, StoreError> {
        let read = self.store.get_with_owner(kind, key, owner_kind);
        self.faults.around("records.get_with_owner", read).await
    }
    async fn get_and_list(
        &self,
        get: (&str, &str),
        list: (&str, &str),
    ) -> Result<(Option<Record>, Vec<Record>), StoreError> {
        self.faults.around("records.get_and_list", self.store.get_and_list(get, list)).await
    }
    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        self.faults.around("records.delete_owned", self.store.delete_owned(kind, owner, except)).await
    }
    async fn changed_since(
        &self,
        kind: &str,
        since: Timestamp,
        after: Option<&str>,
        most: u64,
    ) -> Result<Vec<Record>, StoreError> {
        self.faults.around("records.changed_since", self.store.changed_since(kind, since, after, most)).await
    }
    async fn purge_expired(&self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        self.faults.around("records.purge_expired", self.store.purge_expired(now, most)).await
    }
    async fn status(&self, now: Timestamp) -> Result<StoreStatus, StoreError> {
        self.faults.around("records.status", self.store.status(now)).await
    }
}
