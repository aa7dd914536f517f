//! Plans: what happens to which call.
//!
//! Store failures are planned by tests. One wrapper covers both contracts, because the harm is in the order of calls
//! across them. Failing "at every call" is a loop over `nth("*", n)`, and a race is a step before or after a call:
//! neither depends on luck.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::Faults;
use crate::store::StoreError;
use crate::testing::fail;

/// Each method, and whether it writes.
const METHODS: [(&str, bool); 23] = [
    ("users.find", false),
    ("users.find_by_login", false),
    ("users.find_hash", false),
    ("users.find_logins", false),
    ("users.create", true),
    ("users.update", true),
    ("users.replace_password", true),
    ("users.delete", true),
    ("users.problems", false),
    ("records.problems", false),
    // It writes at most once in the life of a database, and `build()` calls it every time.
    ("records.prepare", false),
    ("records.insert", true),
    ("records.get", false),
    ("records.replace", true),
    ("records.delete", true),
    ("records.list", false),
    ("records.get_with_owner", false),
    ("records.get_and_list", false),
    ("records.delete_owned", true),
    ("records.changed_since", false),
    ("records.purge_expired", true),
    ("accounts.create", true),
    ("accounts.change", true),
];

pub(super) fn writes(method: &str) -> bool {
    METHODS.iter().any(|(name, writes)| *name == method && *writes)
}

/// Returns whether `pattern` (`users.find`, `users.*`, `*`) matches `method`.
fn means(pattern: &str, method: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == method, |start| method.starts_with(start))
}

type Step = Pin<Box<dyn Future<Output = ()> + Send>>;
type MakeError = Arc<dyn Fn() -> StoreError + Send + Sync>;

pub(super) enum Fault {
    Fail(MakeError),
    LoseResponse,
    Hang,
    Delay(Duration),
    Before(Step),
    After(Step),
}

impl Fault {
    /// Copies the fault for the next call; a step happens only once.
    fn again(&self) -> Option<Self> {
        match self {
            Self::Fail(make) => Some(Self::Fail(Arc::clone(make))),
            Self::LoseResponse => Some(Self::LoseResponse),
            Self::Hang => Some(Self::Hang),
            Self::Delay(time) => Some(Self::Delay(*time)),
            Self::Before(_) | Self::After(_) => None,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Fail(_) => "fail",
            Self::LoseResponse => "lose_response",
            Self::Hang => "hang",
            Self::Delay(_) => "delay",
            Self::Before(_) => "before",
            Self::After(_) => "after",
        }
    }
}

pub(super) struct Plan {
    pattern: String,
    skip: usize,
    later: bool,
    pub(super) happened: bool,
    pub(super) what: Fault,
}

impl Plan {
    /// Notifies the plan of a call and adds what happens to it to `now`. Returns whether the plan remains.
    pub(super) fn meets(&mut self, method: &str, now: &mut Vec<Fault>) -> bool {
        if !means(&self.pattern, method) {
            return true;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return true;
        }
        self.happened = true;
        let again = if self.later { self.what.again() } else { None };
        let stays = again.is_some();
        now.push(std::mem::replace(&mut self.what, again.unwrap_or(Fault::LoseResponse)));
        stays
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {} of {}", self.what.name(), self.skip, self.pattern)
    }
}

/// A call chosen with [`Faults::next`] or [`Faults::nth`]; the methods define what happens to it.
#[must_use = "nothing is planned yet: choose what happens to the call"]
pub struct FaultPlan {
    faults: Faults,
    pattern: String,
    skip: usize,
    later: bool,
}

impl FaultPlan {
    #[track_caller]
    pub(super) fn new(faults: Faults, method: &str, skip: usize) -> Self {
        if !METHODS.iter().any(|(name, _)| means(method, name)) {
            let names: Vec<_> = METHODS.iter().map(|(name, _)| *name).collect();
            fail(format_args!("no store has a method `{method}`; there are {}", names.join(", ")));
        }
        Self { faults, pattern: method.to_owned(), skip, later: false }
    }

    /// Also selects every later call, until [`Faults::clear`]. ([`before`](Self::before) and [`after`](Self::after)
    /// still happen only once.)
    pub fn and_later(mut self) -> Self {
        self.later = true;
        self
    }

    /// Makes the call fail before anything is read or written, with [`StoreError::unavailable`], as if the connection
    /// were dead.
    pub fn fail(self) {
        self.fail_with(super::unavailable);
    }

    /// Makes the call fail before anything is read or written, with a custom error.
    pub fn fail_with(self, error: impl Fn() -> StoreError + Send + Sync + 'static) {
        self.plan(Fault::Fail(Arc::new(error)));
    }

    /// Lets the store act, but makes the call return [`StoreError::unavailable`]: the caller cannot know whether it was
    /// done.
    pub fn lose_response(self) {
        self.plan(Fault::LoseResponse);
    }

    /// Delays the call until [`Faults::release`].
    pub fn hang(self) {
        self.plan(Fault::Hang);
    }

    /// Delays the call, by tokio's clock.
    pub fn delay(self, time: Duration) {
        self.plan(Fault::Delay(time));
    }

    /// Runs `step` first, for example a competing change: races without threads and without luck.
    pub fn before(self, step: impl Future<Output = ()> + Send + 'static) {
        self.plan(Fault::Before(Box::pin(step)));
    }

    /// Runs `step` after the store has answered and before the caller gets the response. A step that never ends
    /// (`std::future::pending()`) is a response that never arrives.
    pub fn after(self, step: impl Future<Output = ()> + Send + 'static) {
        self.plan(Fault::After(Box::pin(step)));
    }

    fn plan(self, what: Fault) {
        let Self { faults, pattern, skip, later } = self;
        faults.lock().plans.push(Plan { pattern, skip, later, happened: false, what });
    }
}

impl fmt::Debug for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the call after {} of {}", self.skip, self.pattern)
    }
}
