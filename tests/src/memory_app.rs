//! An application on in-memory stores that fail, or are interrupted, at the call that a test names.

use std::sync::Arc;

use auth::store::{MemoryRecords, MemoryUsers};
use auth::testing::{Faults, ManualClock};
use auth::{Auth, AuthBuilder, Secret};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords, routes};
use auth_tests::users::in_memory;
use auth_tests::{Answer, Call, User};
use axum::Router;
use serde_json::json;

/// How a store call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The call never reached the store.
    Before,
    /// The store acted, and the answer was lost.
    After,
}

impl Fault {
    /// Makes call number `n` from now fail (the first is 0), and every later one.
    pub(crate) fn at(self, n: usize, faults: &Faults) {
        let call = faults.nth("*", n).and_later();
        match self {
            Self::Before => call.fail(),
            Self::After => call.lose_answer(),
        }
    }
}

/// An application on these stores.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) auth: Auth<User>,
    pub(crate) router: Router,
    pub(crate) clock: ManualClock,
    pub(crate) faults: Faults,
    users: Arc<MemoryUsers<User>>,
    pub(crate) records: Arc<MemoryRecords>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self {
        Self::open(Arc::new(in_memory()), Arc::default(), ManualClock::default(), setup).await
    }

    /// Another process on the same stores, with its own clock.
    pub(crate) async fn beside(&self, clock: ManualClock) -> Self {
        self.beside_with(clock, |builder| builder).await
    }

    /// The same, with another setup.
    pub(crate) async fn beside_with(
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
        let builder = Auth::builder(faults.over(Arc::clone(&users), Arc::clone(&records)))
            // Tests count store calls; `flows/limits.rs` is about limits while the store fails.
            .limits(auth::Limits::insecure_none())
            .secret(Secret::new(SECRET).unwrap())
            .clock(clock.clone())
            .passwords(quick_passwords())
            // Tests count store calls; `feed.rs` switches the feed on.
            .revocation_feed(std::time::Duration::ZERO);
        let auth = setup(builder).build().await.unwrap();
        let router = routes(&auth).into_router().with_state(auth.clone());
        drop(faults.take_calls());
        Self { auth, router, clock, faults, users, records }
    }

    /// The user table, for writes that bypass the library.
    pub(crate) fn rows(&self) -> &MemoryUsers<User> {
        &self.users
    }

    /// Makes the stores work again; returns whether every planned fault has happened.
    pub(crate) fn mend(&self) -> bool {
        let done = self.faults.is_done();
        self.faults.clear();
        done
    }

    pub(crate) async fn send(&self, call: Call) -> Answer {
        call.send(&self.router).await
    }

    pub(crate) async fn register(&self, email: &str) -> Answer {
        let body = json!({ "email": email, "password": PASSWORD, "display_name": "Ada" });
        self.send(Call::post("/auth/register").json(&body)).await
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Answer {
        self.send(Call::post("/auth/login").json(&json!({ "email": email, "password": password }))).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.send(Call::post("/auth/refresh").json(&json!({ "refresh_token": token }))).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Call::get(path).bearer(token)).await
    }
}
