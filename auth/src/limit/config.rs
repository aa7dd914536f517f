use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::rate::Rate;
use super::step::Step;
use super::tries::{Delays, Lock, TryRules};
use super::{DynLimiter, Limiter};

/// How often somebody may try to sign in, sign up and refresh. On by default, with these numbers.
///
/// | what | default |
/// |---|---|
/// | attempts at passwords from one address (IPv6: from one /64) | 30 a minute, failed ones 10 a minute |
/// | failures of one address at one account | from the 5th in 15 minutes on a wait: 1 s, doubling, up to an hour |
/// | attempts at one account from addresses that it never signed in from | 60 in 15 minutes |
/// | failures in a row at one account, from such addresses | 100; then they have one attempt a day |
/// | sign-ups from one address; for one login | 30 a minute; 10 a minute |
/// | refreshes from one address; of one session | 300 a minute; 120 a minute |
///
/// An address from which the account signed in during the last 90 days is *known*: only its own failures count for it,
/// so strangers lock nobody out of where they usually are. A password is asked for again within a session
/// (`reauthenticate`, change of password): there the session is what is known. After 100 failures in a row what was known
/// is a stranger.
///
/// Failures are counted with the records, in one conditional write each, so processes share them and a restart forgets
/// nothing. While the store fails, this process counts for itself. Rates of refreshes are always counted in memory.
///
/// ```
/// # use auth::{Limits, Rate};
/// let limits = Limits::default().attempts_per_address(Rate::per_minute(60)).failures_per_address(Rate::per_minute(20));
/// # drop(limits);
/// ```
#[derive(Clone)]
#[must_use = "hand it to `AuthBuilder::limits`"]
pub struct Limits {
    pub(crate) on: bool,
    pub(crate) kept: Kept,
    pub(crate) attempts_per_address: Rate,
    pub(crate) failures_per_address: Rate,
    pub(crate) attempts_per_account: Rate,
    pub(crate) sign_ups_per_address: Rate,
    pub(crate) sign_ups_per_login: Rate,
    pub(crate) refreshes_per_address: Rate,
    pub(crate) refreshes_per_session: Rate,
    delays: Delays,
    most: u32,
    lock: Lock,
    known_for: Duration,
}

/// Where counters are kept.
#[derive(Clone)]
pub(crate) enum Kept {
    /// With sessions and revocations.
    WithRecords,
    /// In this process only.
    InMemory,
    /// By a limiter of the application.
    By(Arc<dyn DynLimiter>),
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            on: true,
            kept: Kept::WithRecords,
            attempts_per_address: Rate::per_minute(30),
            failures_per_address: Rate::per_minute(10),
            attempts_per_account: Rate::new(60, Duration::from_mins(15)),
            sign_ups_per_address: Rate::per_minute(30),
            sign_ups_per_login: Rate::per_minute(10),
            refreshes_per_address: Rate::per_minute(300),
            refreshes_per_session: Rate::per_minute(120),
            delays: Delays {
                from: 5,
                within: Duration::from_mins(15),
                first: Duration::from_secs(1),
                ceiling: Duration::from_hours(1),
            },
            most: 100,
            lock: Lock::Every(Duration::from_hours(24)),
            known_for: Duration::from_hours(24 * 90),
        }
    }
}

impl Limits {
    /// No limits at all: anybody may guess passwords as fast as they can be hashed. For load tests, and for applications
    /// whose limits are elsewhere.
    pub fn insecure_none() -> Self {
        Self { on: false, ..Self::default() }
    }

    /// Keeps every counter in the memory of this process: fewer queries, for an application that is one process. A
    /// restart forgets who failed.
    pub fn in_memory(mut self) -> Self {
        self.kept = Kept::InMemory;
        self
    }

    /// Keeps counters with a limiter of yours.
    pub fn kept_by(mut self, limiter: impl Limiter) -> Self {
        self.kept = Kept::By(Arc::new(limiter));
        self
    }

    /// Attempts at passwords from one address.
    pub const fn attempts_per_address(mut self, rate: Rate) -> Self {
        self.attempts_per_address = rate;
        self
    }

    /// Failed attempts at passwords from one address. A right password gives its attempt back.
    pub const fn failures_per_address(mut self, rate: Rate) -> Self {
        self.failures_per_address = rate;
        self
    }

    /// Attempts at one account from addresses that are not known.
    pub const fn attempts_per_account(mut self, rate: Rate) -> Self {
        self.attempts_per_account = rate;
        self
    }

    /// Sign-ups from one address.
    pub const fn sign_ups_per_address(mut self, rate: Rate) -> Self {
        self.sign_ups_per_address = rate;
        self
    }

    /// Sign-ups for one login.
    pub const fn sign_ups_per_login(mut self, rate: Rate) -> Self {
        self.sign_ups_per_login = rate;
        self
    }

    /// Refreshes from one address: an office behind one address makes many.
    pub const fn refreshes_per_address(mut self, rate: Rate) -> Self {
        self.refreshes_per_address = rate;
        self
    }

    /// Refreshes of one session.
    pub const fn refreshes_per_session(mut self, rate: Rate) -> Self {
        self.refreshes_per_session = rate;
        self
    }

    /// After which failure the first wait comes; 5 by default.
    pub const fn first_wait_after(mut self, failures: u32) -> Self {
        self.delays.from = failures;
        self
    }

    /// The longest wait between two attempts; an hour by default.
    pub const fn longest_wait(mut self, wait: Duration) -> Self {
        self.delays.ceiling = wait;
        self
    }

    /// After how many failures in a row an account is locked for strangers; 100, which is also the most there can be (NIST
    /// SP 800-63B-4 §3.2.2).
    pub const fn failures_before_lock(mut self, failures: u32) -> Self {
        self.most = failures;
        self
    }

    /// How long strangers wait between two attempts at an account that is locked for them; a day by default, an hour at
    /// least. So a lock ends by itself once nobody attacks any more.
    pub const fn locked_for(mut self, wait: Duration) -> Self {
        self.lock = Lock::Every(wait);
        self
    }

    /// Locks for strangers until a password is set, or `auth.users().unlock(id)`, as NIST SP 800-63B-4 §3.2.2 asks to the
    /// letter. Strangers can then keep out an owner who has neither a session nor an address that is known, until you help:
    /// have a way to reset passwords first.
    pub const fn locked_until_reset(mut self) -> Self {
        self.lock = Lock::UntilReset { told: self.delays.ceiling };
        self
    }

    /// How long an address is known after somebody signed in from there; 90 days by default.
    pub const fn known_for(mut self, time: Duration) -> Self {
        self.known_for = time;
        self
    }

    /// What is out of bounds.
    pub(crate) fn problems(&self) -> Vec<String> {
        let rates = [
            ("attempts_per_address", self.attempts_per_address),
            ("failures_per_address", self.failures_per_address),
            ("attempts_per_account", self.attempts_per_account),
            ("sign_ups_per_address", self.sign_ups_per_address),
            ("sign_ups_per_login", self.sign_ups_per_login),
            ("refreshes_per_address", self.refreshes_per_address),
            ("refreshes_per_session", self.refreshes_per_session),
        ];
        let insane = rates.iter().filter(|(_, rate)| !rate.is_sane());
        let mut problems: Vec<String> = insane
            .map(|(name, _)| format!("limits: `{name}` allows nothing, or counts over more than a month"))
            .collect();
        let mut require = |fine: bool, text: &str| {
            if !fine {
                problems.push(text.to_owned());
            }
        };
        require(
            (1..=100).contains(&self.most),
            "limits: more than 100 failures in a row are not allowed (NIST SP 800-63B-4 §3.2.2), nor none",
        );
        require(
            self.delays.from >= 1 && self.delays.from <= self.most,
            "limits: the first wait must come after one failure or more, and before the lock",
        );
        let waits = Duration::from_secs(30)..=Duration::from_hours(24);
        require(waits.contains(&self.delays.ceiling), "limits: the longest wait is under 30 seconds or over a day");
        let waits = Duration::from_hours(1)..=Duration::from_hours(24 * 90);
        require(
            !matches!(self.lock, Lock::Every(wait) if !waits.contains(&wait)),
            "limits: a lock that lasts under an hour or over 90 days",
        );
        require(self.known_for <= Duration::from_hours(24 * 366), "limits: an address is known for over a year");
        problems
    }

    const fn rules(&self, in_session: bool) -> TryRules {
        TryRules { delays: Some(self.delays), most: self.most, lock: None, in_session }
    }

    const fn account_rules(&self) -> TryRules {
        TryRules { delays: None, lock: Some(self.lock), ..self.rules(false) }
    }

    /// An attempt of one client at one account.
    pub(crate) const fn pair_attempt(&self, in_session: bool) -> Step {
        Step::attempt(self.rules(in_session))
    }

    /// It was not made after all.
    pub(crate) const fn pair_undo(&self, in_session: bool) -> Step {
        Step::undo(self.rules(in_session))
    }

    /// It was right; `remember` makes the client a known one.
    pub(crate) fn pair_success(&self, remember: bool) -> Step {
        Step::succeed(remember.then_some(self.known_for), None)
    }

    /// An attempt of a stranger at an account.
    pub(crate) const fn account_attempt(&self) -> Step {
        Step::attempt(self.account_rules())
    }

    /// It was not made after all.
    pub(crate) const fn account_undo(&self) -> Step {
        Step::undo(self.account_rules())
    }

    /// Somebody who is known had the right password. A lock stays: it is about strangers.
    pub(crate) const fn account_success(&self) -> Step {
        Step::succeed(None, Some(self.most))
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("on", &self.on).field("failures_before_lock", &self.most).finish_non_exhaustive()
    }
}
