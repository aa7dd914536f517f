//! Stores that fail, hang or are interrupted at a call chosen by the test.

mod backend;
mod plan;
mod store;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use plan::FaultPlan;
use plan::{Fault, Plan};
pub use store::Faulty;
use tokio::sync::Notify;

use crate::store::StoreError;

/// A plan of what happens to the calls of a store: put it [`over`](Self::over) the stores of an application, and choose
/// which call fails, and how. Clones share the plan.
///
/// How does the application respond while the database is down? Handlers that need no row keep working, the others
/// respond with 503 and `Retry-After`, and the cause is not revealed.
///
/// ```
/// # #[cfg(all(feature = "macros", feature = "password"))] {
/// # use auth::routing::{Routes, get};
/// # use auth::store::{Change, MemoryRecords, MemoryUsers};
/// # use auth::{Auth, AuthUser, NewUser, PasswordHash, Secret, protected};
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
/// # fn users() -> MemoryUsers<User> {
/// #     let create = |new: NewUser<User>, next: u64| User { id: next as i64, email: new.registration.email,
/// #         password_hash: new.password_hash.unwrap() };
/// #     MemoryUsers::new(create, |_: &mut User, _: Change<User>| ())
/// # }
/// use auth::testing::{Faults, TestApp};
///
/// #[protected]
/// async fn me(user: User) -> String {
///     user.email
/// }
///
/// #[protected]
/// async fn id(claims: UserClaims) -> String {
///     claims.sub.to_string()
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let faults = Faults::new();
/// let stores = faults.over(users(), MemoryRecords::new()); // or `SqlUsers::new(pool)` and `SqlRecords::new(pool)`
/// let builder = Auth::<User>::builder(stores).secret(Secret::generate().unwrap());
/// let routes = || Routes::new().route("/me", get(me)).route("/id", get(id));
/// let app = TestApp::start(builder, |auth| routes().into_router().with_state(auth.clone())).await;
/// let ada = app.as_role(auth::NoRoles).await;
///
/// faults.down();
/// let response = ada.get("/me").await.expect_status(503);
/// assert_eq!(response.code(), "unavailable");
/// assert_eq!(response.header("retry-after"), Some("2"));
/// ada.get("/id").await.expect_status(200); // the token says it all
///
/// faults.up();
/// ada.get("/me").await.expect_status(200);
/// # }) }
/// ```
///
/// # Choosing a call
///
/// These are the methods of the two storage traits; `users.*`, `records.*` and `*` match any of them:
///
/// | `users.` | `records.` |
/// |---|---|
/// | `find`, `find_by_login`, `find_hash`, `find_logins` | `get`, `list`, `changed_since` |
/// | `create`, `delete` | `insert`, `replace`, `take` |
/// | `update`, `replace_password` | `delete_owned`, `purge_expired`, `prepare` |
/// | `problems` | `problems` |
///
/// A backend that keeps both in one database has two more, `accounts.create` and `accounts.change`, in place of those
/// that write a row.
///
/// [`next`](Self::next) selects the next call of a method, [`nth`](Self::nth) a later one, and
/// [`and_later`](FaultPlan::and_later) all that follow as well. The methods of [`FaultPlan`] define what happens to
/// that call; several plans for one call add up.
///
/// ```
/// # use auth::testing::Faults;
/// let faults = Faults::new();
/// faults.next("records.insert").fail();          // it is never reached
/// faults.nth("records.*", 2).lose_response();      // the third: done, but nobody hears of it
/// faults.next("users.find").hang();              // until `faults.release()`
/// assert!(!faults.is_done());                    // nothing of this has happened yet
/// faults.clear();
/// ```
///
/// # Failure at every call
///
/// An application must behave correctly wherever the store fails. Plan the failure for the first call, then the second,
/// and so on, until [`is_done`](Self::is_done) reports that it is no longer reached.
/// [`stop_after_writes`](Self::stop_after_writes) does the same for a process that is killed between two writes.
#[derive(Clone, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
    released: Arc<Notify>,
}

#[derive(Default)]
struct State {
    plans: Vec<Plan>,
    calls: Vec<&'static str>,
    down: bool,
    /// How many writes are let through, and whether a call came after them.
    writes: Option<(u64, bool)>,
}

impl Faults {
    /// Creates an empty plan: every call goes through.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Wraps both stores of an application, for [`Auth::builder`](crate::Auth::builder).
    #[must_use]
    pub fn over<A, B>(&self, users: A, records: B) -> (Faulty<A>, Faulty<B>) {
        (self.wrap(users), self.wrap(records))
    }

    /// Wraps one store, either [`Users`](crate::store::Users) or [`Records`](crate::store::Records), or a whole
    /// [`Backend`](crate::store::Backend): a pool of sqlx makes changes of an account in one transaction, which are the
    /// calls `accounts.create` and `accounts.change`.
    #[must_use]
    pub fn wrap<T>(&self, store: T) -> Faulty<T> {
        Faulty { store, faults: self.clone() }
    }

    /// Selects the next call of `method`.
    ///
    /// # Panics
    /// If no store has a method with this name.
    #[track_caller]
    pub fn next(&self, method: &str) -> FaultPlan {
        self.nth(method, 0)
    }

    /// Selects the call of `method` after `n` others, counted from now like [`Iterator::nth`]: 0 is the next.
    ///
    /// # Panics
    /// If no store has a method with this name.
    #[track_caller]
    pub fn nth(&self, method: &str, n: usize) -> FaultPlan {
        FaultPlan::new(self.clone(), method, n)
    }

    /// Makes the stores unreachable: every call fails before it acts, until [`up`](Self::up).
    pub fn down(&self) {
        self.lock().down = true;
    }

    /// Ends [`down`](Self::down) and [`stop_after_writes`](Self::stop_after_writes). Plans for single calls remain.
    pub fn up(&self) {
        let mut state = self.lock();
        state.down = false;
        state.writes = None;
    }

    /// Simulates that this process is killed after `n` more writes: they succeed, and every later call fails, reads
    /// included. The stores are left as the next process would find them; build it over the same stores, or call
    /// [`up`](Self::up).
    ///
    /// Reads before that are not counted. A conditional write counts whether or not it changed something.
    pub fn stop_after_writes(&self, n: u64) {
        self.lock().writes = Some((n, false));
    }

    /// Resumes all hanging calls, and ends [`hang`](FaultPlan::hang) for [later ones](FaultPlan::and_later).
    pub fn release(&self) {
        self.lock().plans.retain(|plan| !(plan.happened && matches!(plan.what, Fault::Hang)));
        self.released.notify_waiters();
    }

    /// Clears all plans and ends every fault in progress: [`up`](Self::up) and [`release`](Self::release).
    pub fn clear(&self) {
        self.lock().plans.clear();
        self.up();
        self.release();
    }

    /// Returns whether everything planned has happened: each plan met its call, and a call came after the last write
    /// that [`stop_after_writes`](Self::stop_after_writes) let through. Ask before [`clear`](Self::clear) or
    /// [`up`](Self::up).
    #[must_use]
    pub fn is_done(&self) -> bool {
        let state = self.lock();
        state.plans.iter().all(|plan| plan.happened) && state.writes.is_none_or(|(_, stopped)| stopped)
    }

    /// Returns the calls since this was last called, in order and including failed ones:
    /// `["users.find", "records.replace"]`.
    #[must_use]
    pub fn take_calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.lock().calls)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the call and returns what is planned for it.
    fn begin(&self, method: &'static str) -> Vec<Fault> {
        let mut state = self.lock();
        state.calls.push(method);
        let mut now = Vec::new();
        state.plans.retain_mut(|plan| plan.meets(method, &mut now));
        now
    }

    /// Returns an error if the store is unreachable now.
    fn reach(&self, writes: bool) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.down {
            return Err(unavailable());
        }
        match &mut state.writes {
            Some((0, stopped)) => {
                *stopped = true;
                return Err(unavailable());
            }
            Some((left, _)) if writes => *left -= 1,
            _ => {}
        }
        Ok(())
    }

    /// Runs one call of a store.
    async fn around<T>(
        &self,
        method: &'static str,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        // Created first, so that it sees every release from here on.
        let released = self.released.notified();
        tokio::pin!(released);
        let (mut error, mut afterwards) = (None, Vec::new());
        for what in self.begin(method) {
            match what {
                Fault::Fail(make) => error = Some(make()),
                Fault::Hang => released.as_mut().await,
                Fault::Delay(time) => tokio::time::sleep(time).await,
                Fault::Before(step) => step.await,
                after @ (Fault::LoseResponse | Fault::After(_)) => afterwards.push(after),
            }
        }
        if let Some(error) = error {
            return Err(error);
        }
        self.reach(plan::writes(method))?;
        let mut response = call.await;
        for what in afterwards {
            match what {
                Fault::After(step) => step.await,
                _ => response = Err(unavailable()),
            }
        }
        response
    }
}

fn unavailable() -> StoreError {
    StoreError::unavailable("a planned fault")
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Faults").field("down", &state.down).field("plans", &state.plans).finish_non_exhaustive()
    }
}
