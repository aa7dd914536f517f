//! What is logged about records that the feed reads: those of a clock that is ahead, and those that nobody can read.

use std::sync::Arc;
use std::time::Duration;

use auth::clock::{Clock as _, Timestamp};
use auth::store::MemoryRecords;
use auth::testing::ManualClock;
use auth::{Auth, Secret};
use auth_tests::User;
use auth_tests::app::SECRET;
use auth_tests::users::in_memory;

use crate::limits::of_this_thread;
use crate::put;

struct Feed {
    auth: Auth<User>,
    records: Arc<MemoryRecords>,
    clock: ManualClock,
}

impl Feed {
    async fn new() -> Self {
        let (records, clock) = (Arc::new(MemoryRecords::new()), ManualClock::default());
        let builder = Auth::<User>::builder((in_memory(), Arc::clone(&records))).secret(Secret::new(SECRET).unwrap());
        let auth = builder.clock(clock.clone()).revocation_feed(Duration::ZERO).build().await.unwrap();
        Self { auth, records, clock }
    }

    async fn epochs(&self, users: std::ops::Range<u32>, value: &str, changed_at: Timestamp) {
        for user in users {
            put(&self.records, "User:users.mark", &user.to_string(), value, changed_at).await;
        }
    }
}

#[tokio::test]
async fn clock_ahead_is_told_however_many_records_say_so() {
    for records in 1..=4 {
        let (log, _guard) = of_this_thread();
        let feed = Feed::new().await;
        let ahead = feed.clock.now() + Duration::from_mins(1);
        feed.epochs(10..10 + records, r#"{"g":1,"s":0}"#, ahead).await;
        // One more that is not, read before or after them.
        feed.epochs(90..91, r#"{"g":1,"s":0}"#, feed.clock.now()).await;
        feed.auth.sync_revocations().await.unwrap();
        assert_eq!(log.text().matches("the clock of another instance is ahead").count(), 1, "{records} records");
    }
}

#[tokio::test]
async fn of_many_unreadable_records_the_first_64_are_told() {
    let (log, _guard) = of_this_thread();
    let feed = Feed::new().await;
    let told = || log.text().matches("an unreadable record is skipped").count();
    for (users, expected) in [(1_000..1_064, 64), (1_064..1_100, 64)] {
        feed.epochs(users, "rubbish", feed.clock.now()).await;
        feed.auth.sync_revocations().await.unwrap();
        assert_eq!(told(), expected);
    }
}
