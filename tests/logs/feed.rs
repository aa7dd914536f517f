//! What is logged about the revocation feed and the broadcast: each change once, with its cause.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::broadcast::{Broadcast, BroadcastError, Subscriber};
use auth::store::{MemoryRecords, StoreError};
use auth::testing::Faults;
use auth::{Auth, AuthBuilder, ClientInfo, Secret};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::users::in_memory;
use auth_tests::{User, UserRegistration};

use crate::limits::of_this_thread;

fn builder(faults: &Faults) -> AuthBuilder<User> {
    let stores = faults.over(in_memory(), MemoryRecords::new());
    let builder = Auth::<User>::builder(stores).secret(Secret::new(SECRET).unwrap());
    builder.passwords(quick_passwords()).revocation_feed(Duration::from_secs(1))
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_falls_silent_says_so_once() {
    let (log, _guard) = of_this_thread();
    let faults = Faults::new();
    let auth = builder(&faults).build().await.unwrap();
    let told = |text: &str| log.text().matches(text).count();
    for (round, away) in [false, true, false, true, false].into_iter().enumerate() {
        faults.clear();
        if away {
            let full = || StoreError::unavailable("the disk of this test is full");
            faults.next("records.changed_since").and_later().fail_with(full);
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(told("the revocation feed is stale"), round.div_ceil(2), "round {round}");
        assert_eq!(told("the revocation feed works again"), round / 2, "round {round}");
    }
    assert!(log.text().contains("the disk of this test is full"), "{}", log.text());
    drop(auth);
}

/// Sends or fails, and ends to listen at once.
#[derive(Clone, Default)]
struct Channel {
    away: Arc<AtomicBool>,
    hangs: Arc<AtomicBool>,
    sent: Arc<Mutex<Vec<String>>>,
    listened: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    /// How long it listens.
    listens: Duration,
}

impl Broadcast for Channel {
    async fn send(&self, _: &str, message: &str) -> Result<(), BroadcastError> {
        if self.hangs.swap(false, Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.away.load(Ordering::SeqCst) {
            return Err(BroadcastError::new("nobody is there"));
        }
        self.sent.lock().unwrap().push(message.to_owned());
        Ok(())
    }

    async fn listen(&self, _: &str, _: Subscriber) -> Result<(), BroadcastError> {
        self.listened.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.listens).await;
        self.ended.fetch_add(1, Ordering::SeqCst);
        Err(BroadcastError::new("nobody speaks"))
    }
}

async fn over(channel: &Channel) -> Auth<User> {
    let auth = builder(&Faults::new()).broadcast(channel.clone()).build().await.unwrap();
    let form = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
    auth.register(form, PASSWORD, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
    auth
}

/// Changes something that others hear of.
async fn change(auth: &Auth<User>) {
    auth.accounts().end_sessions(&1).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_that_fails_says_so_once() {
    let (log, _guard) = of_this_thread();
    let channel = Channel { listens: Duration::from_hours(24), ..Channel::default() };
    let auth = over(&channel).await;
    let told = || log.text().matches("nobody is there").count();
    for (away, expected) in [(false, 0), (true, 1), (false, 1), (true, 2)] {
        channel.away.store(away, Ordering::SeqCst);
        change(&auth).await;
        change(&auth).await;
        assert_eq!(told(), expected);
    }
    let sent = channel.sent.lock().unwrap().clone();
    assert_eq!(sent.len(), 4, "each message once: {sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_that_hangs_keeps_back_nothing_after_it() {
    let channel = Channel { listens: Duration::from_hours(24), ..Channel::default() };
    let auth = over(&channel).await;
    channel.hangs.store(true, Ordering::SeqCst);
    change(&auth).await;
    change(&auth).await;
    assert_eq!(channel.sent.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn failing_broadcast_is_retried_every_five_seconds() {
    let (log, _guard) = of_this_thread();
    let channel = Channel::default();
    let auth = over(&channel).await;
    let before = channel.listened.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_mins(10)).await;
    let tries = channel.listened.load(Ordering::SeqCst) - before;
    assert!((115..=125).contains(&tries), "{tries} in ten minutes");
    assert_eq!(log.text().matches("nobody speaks").count(), 1);
    drop(auth);
}

#[tokio::test(start_paused = true)]
async fn interrupted_broadcast_is_retried_at_once() {
    let (log, _guard) = of_this_thread();
    let channel = Channel { listens: Duration::from_secs(6), ..Channel::default() };
    let auth = over(&channel).await;
    let before = channel.listened.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_mins(10)).await;
    let tries = channel.listened.load(Ordering::SeqCst) - before;
    assert!((95..=100).contains(&tries), "{tries} in ten minutes");
    let ended = channel.ended.load(Ordering::SeqCst);
    assert_eq!(log.text().matches("nobody speaks").count(), ended, "each end is news");
    drop(auth);
}
