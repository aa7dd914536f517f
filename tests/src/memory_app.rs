//! An application on in-memory stores that fail, or are interrupted, at the call that a test names. They have no methods but
//! the required ones.

use std::sync::Arc;
use std::time::Duration;

use auth::clock::Clock as _;
use auth::store::{MemoryRecords, MemoryUsers, Record, Records as _};
use auth::testing::{Faults, ManualClock};
use auth::{Auth, AuthBuilder, Secret};
use axum::Router;
use serde_json::json;

use crate::app::{PASSWORD, SECRET, quick_passwords, routes};
use crate::one_by_one::OneByOne;
use crate::users::in_memory;
use crate::{Answer, Call, User};

/// How a store call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call never reached the store.
    Before,
    /// The store acted, and the answer was lost.
    After,
}

impl Fault {
    /// Makes call number `n` from now fail (the first is 0), and every later one.
    pub fn at(self, n: usize, faults: &Faults) {
        let call = faults.nth("*", n).and_later();
        match self {
            Self::Before => call.fail(),
            Self::After => call.lose_response(),
        }
    }
}

/// An application on these stores.
#[derive(Clone)]
pub struct MemoryApp {
    pub auth: Auth<User>,
    pub router: Router,
    pub clock: ManualClock,
    pub faults: Faults,
    users: Arc<MemoryUsers<User>>,
    pub records: Arc<MemoryRecords>,
}

impl MemoryApp {
    pub async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub async fn with(setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self {
        Self::open(Arc::new(in_memory()), Arc::default(), ManualClock::default(), setup).await
    }

    /// Another process on the same stores, with its own clock.
    pub async fn beside(&self, clock: ManualClock) -> Self {
        self.beside_with(clock, |builder| builder).await
    }

    /// The same, with another setup.
    pub async fn beside_with(
        &self,
        clock: ManualClock,
        setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>,
    ) -> Self {
        Self::open(Arc::clone(&self.users), Arc::clone(&self.records), clock, setup).await
    }

    async fn open(
        users: Arc<MemoryUsers<User>>,
        records: Arc<MemoryRecords>,
        clock: ManualClock,
        setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>,
    ) -> Self {
        let faults = Faults::new();
        let (faulty_users, faulty_records) = faults.over(Arc::clone(&users), Arc::clone(&records));
        let builder = Auth::builder((faulty_users, OneByOne(faulty_records)))
            // Tests count store calls; `limits/guessing.rs` is about limits while the store fails.
            .limits(auth::Limits::insecure_none())
            .secret(Secret::new(SECRET).unwrap())
            .clock(clock.clone())
            .passwords(quick_passwords())
            // Tests count store calls; `revocation/feed.rs` switches the feed on.
            .revocation_feed(Duration::ZERO);
        let auth = setup(builder).build().await.unwrap();
        let router = routes(&auth).into_router().with_state(auth.clone());
        drop(faults.take_calls());
        Self { auth, router, clock, faults, users, records }
    }

    /// The user table, for writes that bypass the library.
    pub fn rows(&self) -> &MemoryUsers<User> {
        &self.users
    }

    /// Makes the stores work again; returns whether every planned fault has happened.
    pub fn mend(&self) -> bool {
        let done = self.faults.is_done();
        self.faults.clear();
        done
    }

    pub async fn send(&self, call: Call) -> Answer {
        call.send(&self.router).await
    }

    pub async fn register(&self, email: &str) -> Answer {
        let body = json!({ "email": email, "password": PASSWORD, "display_name": "Ada" });
        self.send(Call::post("/auth/register").json(&body)).await
    }

    pub async fn login(&self, email: &str, password: &str) -> Answer {
        self.send(Call::post("/auth/login").json(&json!({ "email": email, "password": password }))).await
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.send(Call::post("/auth/refresh").json(&json!({ "refresh_token": token }))).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Call::get(path).bearer(token)).await
    }
}

/// Writes a record of [`User`] as a defect or another program would, whatever is there.
pub async fn put(world: &MemoryApp, kind: &str, key: &str, value: &str) {
    let record = Record {
        kind: format!("User:users.{kind}"),
        key: key.to_owned(),
        owner: String::new(),
        value: value.to_owned(),
        version: 1,
        expires_at: world.clock.now() + Duration::from_hours(1),
        changed_at: world.clock.now(),
    };
    if !world.records.insert(&record).await.unwrap() {
        let stored = world.records.get(&record.kind, key).await.unwrap().unwrap();
        assert!(world.records.replace(&Record { version: stored.version, ..record }).await.unwrap());
    }
}
