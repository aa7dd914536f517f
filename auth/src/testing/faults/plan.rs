//! What happens to which call.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::Faults;
use crate::store::StoreError;
use crate::testing::fail;

/// Each method, and whether it writes.
const METHODS: [(&str, bool); 20] = [
    ("users.find", false),
    ("users.find_by_login", false),
    ("users.create", true),
    ("users.set_password", true),
    ("users.replace_password", true),
    ("users.set_active", true),
    ("users.set_roles", true),
    ("users.set_permissions", true),
    ("users.delete", true),
    ("users.problems", false),
    ("records.problems", false),
    // It writes at most once in the life of a database, and `build()` calls it each time.
    ("records.prepare", false),
    ("records.insert", true),
    ("records.get", false),
    ("records.replace", true),
    ("records.take", true),
    ("records.list", false),
    ("records.delete_owned", true),
    ("records.changed_since", false),
    ("records.purge_expired", true),
];

pub(super) fn writes(method: &str) -> bool {
    METHODS.iter().any(|(name, writes)| *name == method && *writes)
}

/// Whether `pattern` (`users.find`, `users.*`, `*`) means `method`.
fn means(pattern: &str, method: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == method, |start| method.starts_with(start))
}

type Step = Pin<Box<dyn Future<Output = ()> + Send>>;
type MakeError = Arc<dyn Fn() -> StoreError + Send + Sync>;

pub(super) enum What {
    Fail(MakeError),
    LoseAnswer,
    Hang,
    Delay(Duration),
    Before(Step),
    After(Step),
}

impl What {
    /// The same for the next call; a step happens once.
    fn again(&self) -> Option<Self> {
        match self {
            Self::Fail(make) => Some(Self::Fail(Arc::clone(make))),
            Self::LoseAnswer => Some(Self::LoseAnswer),
            Self::Hang => Some(Self::Hang),
            Self::Delay(time) => Some(Self::Delay(*time)),
            Self::Before(_) | Self::After(_) => None,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Fail(_) => "fail",
            Self::LoseAnswer => "lose_answer",
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
    pub(super) what: What,
}

impl Plan {
    /// Tells the plan of a call: what happens to it goes into `now`. Answers whether the plan stays.
    pub(super) fn meets(&mut self, method: &str, now: &mut Vec<What>) -> bool {
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
        now.push(std::mem::replace(&mut self.what, again.unwrap_or(What::LoseAnswer)));
        stays
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {} of {}", self.what.name(), self.skip, self.pattern)
    }
}

/// A call that a test has chosen ([`Faults::next`], [`Faults::nth`]): now say what happens to it.
#[must_use = "nothing is planned yet: say what happens to the call"]
pub struct Planned {
    faults: Faults,
    pattern: String,
    skip: usize,
    later: bool,
}

impl Planned {
    #[track_caller]
    pub(super) fn new(faults: Faults, method: &str, skip: usize) -> Self {
        if !METHODS.iter().any(|(name, _)| means(method, name)) {
            let names: Vec<_> = METHODS.iter().map(|(name, _)| *name).collect();
            fail(format_args!("no store has a method `{method}`; there are {}", names.join(", ")));
        }
        Self { faults, pattern: method.to_owned(), skip, later: false }
    }

    /// That call and every later one, until [`Faults::clear`]. ([`before`](Self::before) and [`after`](Self::after)
    /// happen once, all the same.)
    pub fn and_later(mut self) -> Self {
        self.later = true;
        self
    }

    /// It fails before it acts: nothing is read or written. [`StoreError::unavailable`], as if the line were dead.
    pub fn fail(self) {
        self.fail_with(super::unavailable);
    }

    /// It fails before it acts, with an error of yours.
    pub fn fail_with(self, error: impl Fn() -> StoreError + Send + Sync + 'static) {
        self.plan(What::Fail(Arc::new(error)));
    }

    /// The store does it, and the caller gets [`StoreError::unavailable`]: it cannot know whether it was done.
    pub fn lose_answer(self) {
        self.plan(What::LoseAnswer);
    }

    /// It does not reach the store before [`Faults::release`].
    pub fn hang(self) {
        self.plan(What::Hang);
    }

    /// It reaches the store later, by tokio's clock.
    pub fn delay(self, time: Duration) {
        self.plan(What::Delay(time));
    }

    /// `step` is done first, for example by somebody else who is quicker: races without threads and without luck.
    pub fn before(self, step: impl Future<Output = ()> + Send + 'static) {
        self.plan(What::Before(Box::pin(step)));
    }

    /// `step` is done when the store has answered and the caller does not know it yet. A step that never ends
    /// (`std::future::pending()`) is an answer that never comes.
    pub fn after(self, step: impl Future<Output = ()> + Send + 'static) {
        self.plan(What::After(Box::pin(step)));
    }

    fn plan(self, what: What) {
        let Self { faults, pattern, skip, later } = self;
        faults.lock().plans.push(Plan { pattern, skip, later, happened: false, what });
    }
}

impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the call after {} of {}", self.skip, self.pattern)
    }
}
