//! Instances that share a Redis, and what becomes of them when it goes away.
//!
//! Time is real here: it is the time of a server. Nothing waits for a moment to pass, everything for what should happen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod broadcast;
mod forged;
mod limits;
mod outage;
mod types;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use auth::redis::Redis;
use auth::testing::Faults;
use auth::{AuthBuilder, Limits};
use auth_tests::client::Call;
use auth_tests::{Answer, App, Space, User};
use serde_json::json;

const ADA: &str = "ada@example.org";
/// Where the processes of [`User`] listen.
const CHANNEL: &str = "User:users.revocations";
/// Much longer than anything takes here, and shorter than anybody waits for a test.
const DEADLINE: Duration = Duration::from_secs(30);
/// The feed of the store as it is by default.
const PACE: Duration = Duration::from_millis(500);
/// The slowest there may be.
const SLOW: Duration = Duration::from_secs(1);

/// Waits until something is so; answers how long that took.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) -> Duration {
    let begun = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(1));
    while !so().await {
        assert!(begun.elapsed() < DEADLINE, "{what}: not after {DEADLINE:?}");
        looks.tick().await;
    }
    begun.elapsed()
}

/// How to share this Redis and look into the store at that pace. Limits are those that everybody has.
fn sharing(redis: &Redis, pace: Duration) -> impl Fn(AuthBuilder<User>) -> AuthBuilder<User> + use<> {
    let redis = redis.clone();
    move |builder| builder.limits(Limits::default()).redis(redis.clone()).revocation_feed(pace)
}

/// Two processes on one database and one Redis, which hear each other.
async fn two(space: &Space, redis: impl Fn() -> Redis, pace: Duration) -> (App, App) {
    let here = App::with(sharing(&redis(), pace)).await;
    let there = here.restarted(sharing(&redis(), pace)).await;
    until("both listen", async || space.listeners(CHANNEL) == 2).await;
    (here, there)
}

/// Counts how often the store is asked what is new.
struct Looks(Faults, AtomicUsize);

impl Looks {
    fn at(faults: &Faults) -> Self {
        drop(faults.take_calls());
        Self(faults.clone(), AtomicUsize::new(0))
    }

    fn so_far(&self) -> usize {
        let new = self.0.take_calls().iter().filter(|call| **call == "records.changed_since").count();
        self.1.fetch_add(new, Ordering::Relaxed) + new
    }
}

/// An attempt of a client without an address at a password.
async fn attempt(app: &App, email: &str, password: &str) -> Answer {
    app.send(Call::post("/auth/login").json(&json!({ "email": email, "password": password }))).await
}

/// How many attempts in a row are let through to the password, of so many.
async fn admitted(app: &App, email: &str, attempts: usize) -> usize {
    let mut admitted = 0;
    for _ in 0..attempts {
        admitted += usize::from(attempt(app, email, "wrong").await.status == 401);
    }
    admitted
}
