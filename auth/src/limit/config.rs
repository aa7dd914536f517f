use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::backoff::{AttemptRules, Delays, Lock};
use super::counter::CounterOp;
use super::rate::Rate;
use super::{DynLimiter, Limiter};
use crate::base::clock::Timestamp;

/// How often clients may try to sign in, sign up and refresh. On by default, with these numbers.
///
/// | what | default |
/// |---|---|
/// | password attempts from one address (IPv6: from one /64) | 30 a minute, failed ones 10 a minute |
/// | failures of one address at one account | from the 5th in 15 minutes on, a wait: 1 s, doubling, up to an hour |
/// | attempts at one account from unknown addresses | 60 in 15 minutes |
/// | consecutive failures at one account from unknown addresses | 100; after that, they get one attempt a day |
/// | sign-ups from one address; for one login | 30 a minute; 10 a minute |
/// | refreshes from one address; of one session | 300 a minute; 120 a minute |
///
/// An address from which somebody has signed in with the password of the account during the last 90 days is *known*: only its own failures count against
/// it, so strangers cannot lock users out of their usual places. When a password is asked for again within a session
/// (`reauthenticate`, password change), the session counts as known. After 100 consecutive failures, a known client is
/// treated as a stranger.
///
/// Failures of strangers at an account are forgotten one a day. A right password forgives at most 70 of them, and that
/// at most once in 30 days. So strangers have at most 200 guesses in any 30 days, and 100 in each month of a longer
/// attack.
///
/// Failures are counted among the records, with one conditional write each, so processes share them and they survive a
/// restart. While the store fails, this process counts for itself. Refresh rates are always counted in memory.
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
    pub(crate) store: CounterStore,
    pub(crate) attempts_per_address: Rate,
    pub(crate) failures_per_address: Rate,
    pub(crate) attempts_per_account: Rate,
    pub(crate) sign_ups_per_address: Rate,
    pub(crate) sign_ups_per_login: Rate,
    pub(crate) refreshes_per_address: Rate,
    pub(crate) refreshes_per_session: Rate,
    delays: Delays,
    most: u32,
    /// How long a lock lasts; `None` until a password is set.
    locked_for: Option<Duration>,
    remember_clients_for: Duration,
}

/// Where counters are kept.
#[derive(Clone)]
pub(crate) enum CounterStore {
    /// With sessions and revocations.
    Records,
    /// In the memory of this process.
    Memory,
    /// In a limiter of the application.
    Custom(Arc<dyn DynLimiter>),
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            on: true,
            store: CounterStore::Records,
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
            locked_for: Some(Duration::from_hours(24)),
            remember_clients_for: Duration::from_hours(24 * 90),
        }
    }
}

impl Limits {
    /// Disables all limits: anyone may guess passwords as fast as they can be hashed. For load tests, and for
    /// applications that enforce limits elsewhere.
    pub fn insecure_none() -> Self {
        Self { on: false, ..Self::default() }
    }

    /// Keeps every counter in the memory of this process: fewer queries, for applications that run as a single process.
    /// Failures are forgotten at a restart.
    pub fn in_memory(mut self) -> Self {
        self.store = CounterStore::Memory;
        self
    }

    /// Keeps counters in a custom limiter.
    pub fn limiter(mut self, limiter: impl Limiter) -> Self {
        self.store = CounterStore::Custom(Arc::new(limiter));
        self
    }

    /// Sets the rate of password attempts from one address.
    pub const fn attempts_per_address(mut self, rate: Rate) -> Self {
        self.attempts_per_address = rate;
        self
    }

    /// Sets the rate of failed password attempts from one address. A successful attempt does not count.
    pub const fn failures_per_address(mut self, rate: Rate) -> Self {
        self.failures_per_address = rate;
        self
    }

    /// Sets the rate of attempts at one account from unknown addresses.
    pub const fn attempts_per_account(mut self, rate: Rate) -> Self {
        self.attempts_per_account = rate;
        self
    }

    /// Sets the rate of sign-ups from one address.
    pub const fn sign_ups_per_address(mut self, rate: Rate) -> Self {
        self.sign_ups_per_address = rate;
        self
    }

    /// Sets the rate of sign-ups for one login.
    pub const fn sign_ups_per_login(mut self, rate: Rate) -> Self {
        self.sign_ups_per_login = rate;
        self
    }

    /// Sets the rate of refreshes from one address. An office behind one address makes many.
    pub const fn refreshes_per_address(mut self, rate: Rate) -> Self {
        self.refreshes_per_address = rate;
        self
    }

    /// Sets the rate of refreshes of one session.
    pub const fn refreshes_per_session(mut self, rate: Rate) -> Self {
        self.refreshes_per_session = rate;
        self
    }

    /// Sets the number of failures after which the first wait is imposed; 5 by default.
    pub const fn backoff_after(mut self, failures: u32) -> Self {
        self.delays.from = failures;
        self
    }

    /// Sets the longest wait between two attempts; an hour by default.
    pub const fn max_backoff(mut self, wait: Duration) -> Self {
        self.delays.ceiling = wait;
        self
    }

    /// Sets the number of consecutive failures after which an account is locked for strangers; 100, which is also the
    /// maximum (NIST SP 800-63B-4 §3.2.2).
    pub const fn failures_before_lock(mut self, failures: u32) -> Self {
        self.most = failures;
        self
    }

    /// Sets how long strangers wait between two attempts at an account that is locked for them; a day by default, an
    /// hour at least. A lock therefore ends by itself once the attack stops.
    pub const fn locked_for(mut self, wait: Duration) -> Self {
        self.locked_for = Some(wait);
        self
    }

    /// Locks accounts for strangers until a password is set or `auth.accounts().unlock(id)` is called, which is what
    /// NIST SP 800-63B-4 §3.2.2 literally asks for. Strangers can then lock out an owner who has neither a session nor
    /// a known address until you intervene, so provide a password reset first.
    pub const fn locked_until_reset(mut self) -> Self {
        self.locked_for = None;
        self
    }

    /// Sets how long an address stays known after a sign-in from it; 90 days by default.
    pub const fn remember_clients_for(mut self, time: Duration) -> Self {
        self.remember_clients_for = time;
        self
    }

    /// Returns the settings that are out of bounds.
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
            "limits: allow 1 to 100 consecutive failures (NIST SP 800-63B-4 §3.2.2)",
        );
        require(
            self.delays.from >= 1 && self.delays.from <= self.most,
            "limits: the first wait must come after one failure or more, and before the lock",
        );
        let waits = Duration::from_secs(30)..=Duration::from_hours(24);
        require(waits.contains(&self.delays.ceiling), "limits: the longest wait is under 30 seconds or over a day");
        let waits = Duration::from_hours(1)..=Duration::from_hours(24 * 90);
        require(
            self.locked_for.is_none_or(|wait| waits.contains(&wait)),
            "limits: a lock that lasts under an hour or over 90 days",
        );
        require(
            self.remember_clients_for <= Duration::from_hours(24 * 366),
            "limits: an address is known for over a year",
        );
        problems
    }

    const fn rules(&self, in_session: bool) -> AttemptRules {
        AttemptRules { delays: Some(self.delays), most: self.most, lock: None, in_session }
    }

    const fn account_rules(&self) -> AttemptRules {
        let lock = match self.locked_for {
            Some(wait) => Lock::Every(wait),
            None => Lock::UntilReset { retry_after: self.delays.ceiling },
        };
        AttemptRules { delays: None, lock: Some(lock), ..self.rules(false) }
    }

    /// An attempt of one client at one account.
    pub(crate) const fn client_attempt(&self, in_session: bool) -> CounterOp {
        CounterOp::attempt(self.rules(in_session))
    }

    /// The same, after the limits of the account were lifted at this time.
    pub(crate) const fn client_attempt_since(&self, in_session: bool, since: Timestamp) -> CounterOp {
        CounterOp::attempt_since(self.rules(in_session), since)
    }

    /// Records that the limits of an account are lifted, for as long as a client may have to wait because of failures
    /// before.
    pub(crate) const fn lift(&self) -> CounterOp {
        CounterOp::lift(self.delays.ceiling.saturating_add(self.delays.within))
    }

    /// Reverts an attempt that was not made after all.
    pub(crate) const fn client_undo(&self, in_session: bool) -> CounterOp {
        CounterOp::undo(self.rules(in_session))
    }

    /// Records a correct password; `remember`: the client is known at that account from now on.
    pub(crate) fn client_success(&self, remember: Option<u64>) -> CounterOp {
        CounterOp::succeed(remember.map(|owner| (self.remember_clients_for, owner)))
    }

    /// An attempt of a stranger at an account.
    pub(crate) const fn account_attempt(&self) -> CounterOp {
        CounterOp::attempt(self.account_rules())
    }

    /// Reverts an attempt that was not made after all.
    pub(crate) const fn account_undo(&self) -> CounterOp {
        CounterOp::undo(self.account_rules())
    }

    /// Records a correct password. If the attempt was a stranger's, it was `counted` here.
    pub(crate) const fn account_success(&self, counted: bool) -> CounterOp {
        CounterOp::forgive(self.account_rules(), counted)
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("on", &self.on).field("failures_before_lock", &self.most).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);
    const MILLI: Duration = Duration::from_millis(1);

    fn problems(limits: &Limits) -> usize {
        limits.problems().len()
    }

    #[test]
    fn settings_beyond_the_bounds_are_reported() {
        let limits = Limits::default;
        assert_eq!(problems(&limits()), 0);
        for (most, found) in [(0, 2), (1, 1), (5, 0), (100, 0), (101, 1)] {
            assert_eq!(problems(&limits().failures_before_lock(most)), found, "{most} failures");
        }
        for (first, found) in [(0, 1), (1, 0), (100, 0), (101, 1)] {
            assert_eq!(problems(&limits().backoff_after(first)), found, "after {first}");
        }
        let half_a_minute = Duration::from_secs(30);
        for (wait, found) in [(half_a_minute.saturating_sub(MILLI), 1), (half_a_minute, 0), (DAY, 0), (DAY + MILLI, 1)]
        {
            assert_eq!(problems(&limits().max_backoff(wait)), found, "waits of {wait:?}");
        }
        let hour = Duration::from_hours(1);
        for (lock, found) in [(hour.saturating_sub(MILLI), 1), (hour, 0), (DAY * 90, 0), (DAY * 90 + MILLI, 1)] {
            assert_eq!(problems(&limits().locked_for(lock)), found, "locked for {lock:?}");
        }
        assert_eq!(problems(&limits().locked_until_reset()), 0);
        for (known, found) in [(Duration::ZERO, 0), (DAY * 366, 0), (DAY * 366 + MILLI, 1)] {
            assert_eq!(problems(&limits().remember_clients_for(known)), found, "known for {known:?}");
        }
    }

    #[test]
    fn rate_of_zero_or_over_months_is_reported() {
        let sets: [fn(Limits, Rate) -> Limits; 7] = [
            Limits::attempts_per_address,
            Limits::failures_per_address,
            Limits::attempts_per_account,
            Limits::sign_ups_per_address,
            Limits::sign_ups_per_login,
            Limits::refreshes_per_address,
            Limits::refreshes_per_session,
        ];
        for set in sets {
            for (times, per, found) in
                [(1, MILLI, 0), (1, DAY * 31, 0), (0, DAY, 1), (1, Duration::ZERO, 1), (1, DAY * 31 + MILLI, 1)]
            {
                assert_eq!(problems(&set(Limits::default(), Rate::new(times, per))), found, "{times} in {per:?}");
            }
        }
    }
}
