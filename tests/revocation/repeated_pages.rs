//! A store whose list of changes does not go on where it ended.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth::clock::Timestamp;
use auth::store::{MemoryRecords, Record, Records, StoreError};
use auth::testing::ManualClock;
use auth::{Auth, Secret};
use auth_tests::User;
use auth_tests::app::SECRET;
use auth_tests::users::in_memory;

/// Gives the first page, whatever it is asked for; after some times it gives up.
#[derive(Default)]
struct Stuck {
    records: MemoryRecords,
    asked: AtomicUsize,
}

impl Records for Stuck {
    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        self.records.insert(record).await
    }
    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.records.get(kind, key).await
    }
    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        self.records.replace(record).await
    }
    async fn delete(&self, kind: &str, key: &str) -> Result<bool, StoreError> {
        self.records.delete(kind, key).await
    }
    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        self.records.list(kind, owner).await
    }
    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        self.records.delete_owned(kind, owner, except).await
    }
    async fn changed_since(
        &self,
        kind: &str,
        _: Timestamp,
        _: Option<&str>,
        most: u64,
    ) -> Result<Vec<Record>, StoreError> {
        if self.asked.fetch_add(1, Ordering::SeqCst) > 20 {
            return Err(StoreError::unavailable("asked for the same page again and again"));
        }
        self.records.changed_since(kind, Timestamp::default(), None, most).await
    }
    async fn purge_expired(&self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        self.records.purge_expired(now, most).await
    }
}

#[tokio::test]
async fn rev_14_store_that_repeats_a_page_is_asked_no_further() {
    let (clock, stuck) = (ManualClock::default(), Stuck::default());
    for number in 0..1_000 {
        let now = auth::clock::Clock::now(&clock);
        let record = Record {
            kind: "User:users.revoked".to_owned(),
            key: format!("{number:04}"),
            owner: "7".to_owned(),
            value: String::new(),
            version: 1,
            expires_at: now + Duration::from_hours(1),
            changed_at: now,
        };
        assert!(stuck.insert(&record).await.unwrap());
    }
    let builder = Auth::<User>::builder((in_memory(), stuck)).secret(Secret::new(SECRET).unwrap()).clock(clock);
    let error = builder.revocation_feed(Duration::ZERO).build().await.unwrap_err();
    let mut causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
    assert!(causes.any(|cause| cause.to_string().contains("does not go on")), "{error:?}");
}
