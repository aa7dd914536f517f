//! Records as a store of one's own has them that implements what it must: what could be read at once is read one by one.

use auth::clock::Timestamp;
use auth::store::{Record, Records, StoreError};

/// The store without what it has beyond the required methods.
pub struct OneByOne<R>(pub R);

impl<R: Records> Records for OneByOne<R> {
    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        self.0.insert(record).await
    }
    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.0.get(kind, key).await
    }
    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        self.0.replace(record).await
    }
    async fn delete(&self, kind: &str, key: &str) -> Result<bool, StoreError> {
        self.0.delete(kind, key).await
    }
    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        self.0.list(kind, owner).await
    }
    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        self.0.delete_owned(kind, owner, except).await
    }
    async fn changed_since(
        &self,
        kind: &str,
        since: Timestamp,
        after: Option<&str>,
        most: u64,
    ) -> Result<Vec<Record>, StoreError> {
        self.0.changed_since(kind, since, after, most).await
    }
    async fn purge_expired(&self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        self.0.purge_expired(now, most).await
    }
}
