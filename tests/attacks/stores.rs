//! Stores in memory that fail, or are interrupted, at the call a test names.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use auth::store::{Change, MemoryRecords, MemoryUsers, Record, Records, StoreError, Users};
use auth::testing::ManualClock;
use auth::{Auth, AuthBuilder, NewUser, PasswordHash, Secret, Timestamp};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords, routes};
use auth_tests::{Answer, Call, Role, User};
use axum::Router;
use serde_json::json;

/// A table of users in memory.
pub(crate) fn users() -> MemoryUsers<User> {
    let create = |new: NewUser<User>, number: u64| User {
        id: number.cast_signed(),
        email: new.registration.email,
        password_hash: new.password_hash.unwrap(),
        is_active: true,
        role: Role::Member,
        display_name: new.registration.display_name,
    };
    MemoryUsers::new(create, |user: &mut User, change| match change {
        Change::PasswordHash(hash) => user.password_hash = hash,
        Change::Active(active, _) => user.is_active = active,
        Change::Roles(role) => user.role = role,
        _ => {}
    })
}

/// When a store call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The call never reached the store.
    Before,
    /// The store did it, and the answer was lost.
    After,
}

type Action = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What will happen to the calls. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Plan(Arc<Mutex<Steps>>);

#[derive(Default)]
struct Steps {
    /// Calls until the fault.
    fault: Option<(usize, Fault)>,
    /// After this many calls, this happens.
    interruption: Option<(usize, Action)>,
    calls: Vec<&'static str>,
}

impl Plan {
    /// The call number `n` from now (the first is 0) fails, and every later one.
    pub(crate) fn fail_at(&self, n: usize, fault: Fault) {
        self.0.lock().unwrap().fault = Some((n, fault));
    }

    /// The store works again; answers whether a call had failed.
    pub(crate) fn mend(&self) -> bool {
        matches!(self.0.lock().unwrap().fault.take(), Some((0, _)))
    }

    /// After call number `n` from now (the first is 0) and before its answer is seen, `action` happens.
    pub(crate) fn after_call(&self, n: usize, action: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().unwrap().interruption = Some((n, Box::pin(action)));
    }

    /// Whether that has happened; if not, it will not.
    pub(crate) fn interrupted(&self) -> bool {
        self.0.lock().unwrap().interruption.take().is_none()
    }

    /// The calls since the last look.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }

    async fn around<T>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let fault = {
            let mut steps = self.0.lock().unwrap();
            steps.calls.push(name);
            match &mut steps.fault {
                Some((0, fault)) => Some(*fault),
                Some((left, fault)) if *left == 1 && *fault == Fault::After => {
                    *left = 0;
                    None
                }
                Some((left, _)) => {
                    *left -= 1;
                    None
                }
                None => None,
            }
        };
        let lost = || StoreError::unavailable("the line is dead");
        if fault == Some(Fault::Before) {
            return Err(lost());
        }
        let answer = call.await;
        if fault == Some(Fault::After) {
            return Err(lost());
        }
        let interruption = self.0.lock().unwrap().interruption.take_if(|(left, _)| {
            let now = *left == 0;
            *left = left.saturating_sub(1);
            now
        });
        if let Some((_, action)) = interruption {
            action.await;
        }
        answer
    }
}

struct Watched<S> {
    store: Arc<S>,
    plan: Plan,
}

impl Users<User> for Watched<MemoryUsers<User>> {
    async fn find(&self, id: &i64) -> Result<Option<User>, StoreError> {
        self.plan.around("find", self.store.find(id)).await
    }
    async fn find_by_login(&self, index: usize, login: &str) -> Result<Option<User>, StoreError> {
        self.plan.around("find_by_login", self.store.find_by_login(index, login)).await
    }
    async fn create(&self, new: NewUser<User>) -> Result<User, StoreError> {
        self.plan.around("create", self.store.create(new)).await
    }
    async fn set_password(&self, id: &i64, hash: &PasswordHash) -> Result<bool, StoreError> {
        self.plan.around("set_password", self.store.set_password(id, hash)).await
    }
    async fn replace_password(&self, id: &i64, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        self.plan.around("replace_password", self.store.replace_password(id, old, new)).await
    }
    async fn set_active(&self, id: &i64, active: bool, now: Timestamp) -> Result<bool, StoreError> {
        self.plan.around("set_active", self.store.set_active(id, active, now)).await
    }
    async fn set_roles(&self, id: &i64, role: &Role) -> Result<bool, StoreError> {
        self.plan.around("set_roles", self.store.set_roles(id, role)).await
    }
    async fn set_permissions(&self, id: &i64, none: &auth::NoPermissions) -> Result<bool, StoreError> {
        self.plan.around("set_permissions", self.store.set_permissions(id, none)).await
    }
    async fn delete(&self, id: &i64) -> Result<bool, StoreError> {
        self.plan.around("delete", self.store.delete(id)).await
    }
}

impl Records for Watched<MemoryRecords> {
    async fn insert(&self, record: &Record) -> Result<bool, StoreError> {
        self.plan.around("insert", self.store.insert(record)).await
    }
    async fn get(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.plan.around("get", self.store.get(kind, key)).await
    }
    async fn replace(&self, record: &Record) -> Result<bool, StoreError> {
        self.plan.around("replace", self.store.replace(record)).await
    }
    async fn take(&self, kind: &str, key: &str) -> Result<Option<Record>, StoreError> {
        self.plan.around("take", self.store.take(kind, key)).await
    }
    async fn list(&self, kind: &str, owner: &str) -> Result<Vec<Record>, StoreError> {
        self.plan.around("list", self.store.list(kind, owner)).await
    }
    async fn delete_owned(&self, kind: &str, owner: &str, except: Option<&str>) -> Result<u64, StoreError> {
        self.plan.around("delete_owned", self.store.delete_owned(kind, owner, except)).await
    }
    async fn changed_since(&self, kind: &str, since: Timestamp) -> Result<Vec<Record>, StoreError> {
        self.plan.around("changed_since", self.store.changed_since(kind, since)).await
    }
    async fn purge_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.plan.around("purge_expired", self.store.purge_expired(now)).await
    }
}

/// An application on such stores.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) auth: Auth<User>,
    pub(crate) router: Router,
    pub(crate) clock: ManualClock,
    pub(crate) plan: Plan,
    users: Arc<MemoryUsers<User>>,
    records: Arc<MemoryRecords>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(setup: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>) -> Self {
        Self::open(Arc::new(users()), Arc::default(), ManualClock::default(), setup).await
    }

    /// The same stores in another process, with a clock of its own.
    pub(crate) async fn beside(&self, clock: ManualClock) -> Self {
        self.beside_with(clock, |builder| builder).await
    }

    /// The same, built in another way.
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
        let plan = Plan::default();
        let stores = (
            Watched { store: Arc::clone(&users), plan: plan.clone() },
            Watched { store: Arc::clone(&records), plan: plan.clone() },
        );
        let builder = Auth::builder(stores)
            // Calls are counted here; what limits do when the store fails is `flows/limits.rs`.
            .limits(auth::Limits::insecure_none())
            .secret(Secret::new(SECRET).unwrap())
            .clock(clock.clone())
            .passwords(quick_passwords())
            // Calls are counted here; `feed.rs` switches it on.
            .revocation_feed(std::time::Duration::ZERO);
        let auth = setup(builder).build().await.unwrap();
        let router = routes(&auth).into_router().with_state(auth.clone());
        plan.calls();
        Self { auth, router, clock, plan, users, records }
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
