//! The feed has much to read: after an outage, or when the roles of everybody were changed.

use std::sync::Arc;
use std::time::Duration;

use auth::store::{MemoryRecords, Record, Records, StoreError};
use auth::testing::ManualClock;
use auth::{Auth, Client, Clock as _, Secret, Timestamp};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::{User, UserRegistration};

use crate::feed::pass;

/// Reads a thousand records a second.
#[derive(Clone, Default)]
struct Slow(Arc<MemoryRecords>);

impl Records for Slow {
    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        self.0.insert(record).await
    }
    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.0.get(kind, key).await
    }
    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        self.0.replace(record).await
    }
    async fn take(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.0.take(kind, key).await
    }
    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        self.0.list(kind, owner).await
    }
    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        self.0.delete_owned(kind, owner, except).await
    }
    async fn changed_since(&self, kind: &str, since: Timestamp) -> Result<Vec<Record>, StoreError> {
        let changed = self.0.changed_since(kind, since).await?;
        tokio::time::sleep(Duration::from_millis(changed.len() as u64)).await;
        Ok(changed)
    }
    async fn purge_expired(&self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        self.0.purge_expired(now, most).await
    }
}

#[tokio::test(start_paused = true)]
async fn rev_14_a_feed_that_has_much_to_read_reads_it_and_is_trusted_again() {
    let (records, clock) = (Slow::default(), ManualClock::default());
    let auth = Auth::<User>::builder((auth_tests::users::in_memory(), records.clone()))
        .secret(Secret::new(SECRET).unwrap())
        .clock(clock.clone())
        .passwords(quick_passwords())
        .build()
        .await
        .unwrap();
    let registration = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
    let (_, tokens) = auth.register(registration, PASSWORD, &Client::default()).await.unwrap();
    // Another instance changed the roles of many users, as a migration does.
    for id in 10..3_010 {
        let mark = Record {
            kind: "User:users.mark".to_owned(),
            key: id.to_string(),
            owner: id.to_string(),
            value: r#"{"g":1,"s":0}"#.to_owned(),
            version: 1,
            expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
            changed_at: clock.now(),
        };
        records.insert(&mark).await.unwrap();
    }
    for _ in 0..12 {
        clock.advance(Duration::from_secs(5));
        pass(Duration::from_secs(5)).await;
    }
    assert!(auth.verify(&tokens.access_token).is_ok(), "a minute later nobody is let in by memory");
}
