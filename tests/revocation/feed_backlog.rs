//! The feed catches up: after an outage, or after the roles of many users were changed.

use std::sync::Arc;
use std::time::Duration;

use auth::clock::{Clock as _, Timestamp};
use auth::store::{MemoryRecords, MemoryUsers, Record, Records, StoreError};
use auth::testing::ManualClock;
use auth::{Auth, AuthBuilder, ClientInfo, Credentials, Secret, Tokens};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::time::pass;
use auth_tests::{Call, User, UserRegistration};

/// A store that reads a thousand records per second.
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
        let changed = self.0.changed_since(kind, since, after, most).await?;
        tokio::time::sleep(Duration::from_millis(changed.len() as u64)).await;
        Ok(changed)
    }
    async fn purge_expired(&self, now: Timestamp, most: u64) -> Result<u64, StoreError> {
        self.0.purge_expired(now, most).await
    }
}

/// Changes the roles of this many users, as a migration on another instance would.
async fn change_many(records: &Slow, clock: &ManualClock, users: u32) {
    for id in 10..10 + users {
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
}

fn builder(users: &Arc<MemoryUsers<User>>, records: &Slow, clock: &ManualClock) -> AuthBuilder<User> {
    Auth::<User>::builder((Arc::clone(users), records.clone()))
        .secret(Secret::new(SECRET).unwrap())
        .clock(clock.clone())
        .limits(auth::Limits::insecure_none())
        .passwords(quick_passwords())
}

async fn ada(auth: &Auth<User>) -> Tokens {
    let registration = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
    auth.register(registration, PASSWORD, &ClientInfo::default()).await.unwrap().signed_in().unwrap().1
}

#[tokio::test(start_paused = true)]
async fn rev_14_feed_with_backlog_catches_up_and_is_trusted() {
    // The second number takes longer than a poll may.
    for (users, seconds) in [(3_000, 40), (35_000, 150)] {
        let (records, clock) = (Slow::default(), ManualClock::default());
        let auth = builder(&Arc::new(auth_tests::users::in_memory()), &records, &clock).build().await.unwrap();
        let tokens = ada(&auth).await;
        change_many(&records, &clock, users).await;
        for _ in 0..seconds {
            clock.advance(Duration::from_secs(1));
            pass(Duration::from_secs(1)).await;
        }
        assert!(auth.verify(&tokens.access_token).is_ok(), "{users}: nobody is let in by memory");
    }
}

#[tokio::test(start_paused = true)]
async fn rev_14_slow_polls_still_carry_logouts_within_a_second() {
    let (users, records, clock) = (Arc::new(auth_tests::users::in_memory()), Slow::default(), ManualClock::default());
    let here = builder(&users, &records, &clock).revocation_feed(Duration::ZERO).build().await.unwrap();
    let there = builder(&users, &records, &clock).build().await.unwrap();
    let router = auth_tests::app::routes(&there).into_router().with_state(there.clone());
    ada(&here).await;
    // From now on, a poll takes nine tenths of a second.
    change_many(&records, &clock, 900).await;
    for delay in [5, 100, 300, 600, 850, 50, 150, 1_200] {
        let login = Credentials::new("ada@example.org", PASSWORD);
        let (_, tokens) = here.login(login, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
        let status = async || Call::get("/claims").bearer(&tokens.access_token).send(&router).await.status;
        assert_eq!(status().await, 200);
        tokio::time::sleep(Duration::from_millis(delay)).await;
        here.accounts().end_sessions(&1).await.unwrap();
        let ended = tokio::time::Instant::now();
        while status().await == 200 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(ended.elapsed() <= Duration::from_millis(1_010), "after {delay} ms: {:?}", ended.elapsed());
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
}
