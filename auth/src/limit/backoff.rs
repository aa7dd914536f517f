//! Who may try a password, and when: the counters of failures.
//!
//! Limits never lock owners out of the places where they are known, and lock them out nowhere for ever. There are two
//! demands. An attacker may try at most a hundred passwords in a row at the speed of a login (NIST SP 800-63B-4
//! §3.2.2), and strangers must not be able to lock an owner out by failing. Both hold, because limits distinguish *who*
//! fails.
//!
//! An address (IPv6: a /64) from which the account signed in during the last 90 days is known for that account, and so
//! is a session in which the password is asked for again; for them, only the failures of that pair count. Everybody
//! else is a stranger, and strangers share one counter per account. At a hundred failures the account is locked for
//! strangers, who then have one attempt a day between them, while the owner signs in from home or changes the password
//! in an open session. (NIST asks to disable the password until it is reset. Without a way to reset it, strangers could
//! then lock an owner out for good, so that is a setting: `locked_until_reset`.)
//!
//! A known client becomes a stranger after a hundred failures of its own. Without addresses, every client is a
//! stranger.
//!
//! The strangers' counter forgets a failure a day. A right password forgives failures of strangers, at most 70 of them
//! and at most once in 30 days, whoever signs in, and never ends a lock. (If each login of the owner reset the counter,
//! strangers would have another hundred guesses with each.) So strangers have at most 100 + 70 + 30 = 200 guesses in
//! any 30 days, and 70 + 30 in each further month of an attack that does not stop; `tests/limits/months_of_guessing.rs` lets
//! three months pass. A full reset would be 230: the 70 is what 200 leaves. `locked_until_reset` forgets nothing by the
//! day. In addition there are the hundred of each place where the owner was.
//!
//! The strangers' attempt of a day belongs to whoever comes first. While an attack goes on without a pause, an owner
//! without a known address or a session competes for it; once it pauses, they wait a day at most. Nothing tells the two
//! apart before the password is checked, and each check is a guess.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::clock::{Timestamp, whole_millis};

/// How attempts at a password are slowed down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delays {
    /// The failure that is followed by the first wait.
    pub(super) from: u32,
    /// Failures further apart than this do not belong to the same series.
    pub(super) within: Duration,
    /// The first wait; each further one is twice as long.
    pub(super) first: Duration,
    /// The longest wait.
    pub(super) ceiling: Duration,
}

impl Delays {
    /// Returns the wait after this many failures.
    fn after(&self, failures: u32) -> Duration {
        match failures.checked_sub(self.from) {
            None => Duration::ZERO,
            Some(doublings) => {
                self.first.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(self.ceiling)
            }
        }
    }
}

/// The attempts at one password by the client or account that a counter is about. An attempt counts as a failure before
/// its outcome is known, which is what stops two hundred concurrent ones (LOGIN-08). Times are in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u64>", into = "Vec<u64>")]
pub(super) struct FailureCounter {
    /// Failures of this series; they determine the wait.
    series: u64,
    /// Failures since the last success, however long ago; for an account that is locked by time, less one a day.
    pub(super) run: u64,
    /// The last failure; for an account that is locked by time, the time to which `run` is exact.
    at: u64,
    until: u64,
    /// Of a client: the owner signed in from here; the client is known until then. Of an account: no failures are
    /// forgiven until then.
    known_until: u64,
    pub(super) keep_until: u64,
    /// The account for which the client is known; 0 if an earlier release wrote it, which did not say.
    pub(super) owner: u64,
}

/// The outcome of asking for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttemptOutcome {
    /// The attempt may be made. `known`: the owner has signed in from this client.
    Admitted {
        known: bool,
        last: bool,
        owner: u64,
    },
    Refused {
        retry_after: Duration,
        locked: bool,
    },
}

/// The rules of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AttemptRules {
    /// Waits, for the counter of a client at an account.
    pub(super) delays: Option<Delays>,
    /// Consecutive failures after which a known client is treated like any other, and others are refused.
    pub(super) most: u32,
    /// What follows `most` consecutive failures, for the counter of an account.
    pub(super) lock: Option<Lock>,
    /// Whether the client is known already because it acts in a session of the account.
    pub(super) in_session: bool,
}

/// How strangers are kept from an account after too many failures of strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// One attempt per this period.
    Every(Duration),
    /// None until a password is set. The time is only what clients are told (`Retry-After`).
    UntilReset { retry_after: Duration },
}

const DAY: u64 = 24 * 60 * 60 * 1000;
/// For a lock that ends when the password is set, not by time.
const FOR_EVER: u64 = 3650 * DAY;
/// The counter of a session, or of an account that is locked for good, is kept no longer than this.
const MOST_DAYS: u64 = 90;
/// A right password forgives failures of strangers at most once in this time, and at most so many percent of those
/// after which the account is locked. Together with one failure that is forgotten each day, and those before the lock,
/// that makes 200 guesses in the first month, and 100 in each further one.
const FORGIVING: u64 = 30 * DAY;
const FORGIVEN_PERCENT: u64 = 70;

impl FailureCounter {
    /// Counts one more attempt.
    pub(super) fn attempt(mut self, rules: &AttemptRules, now: Timestamp) -> (Option<Self>, AttemptOutcome) {
        let most = u64::from(rules.most);
        let now = now.as_millis();
        if let Some(lock) = rules.lock {
            self.fade(lock, now);
            let wait = match lock {
                Lock::UntilReset { retry_after } if self.run >= most => retry_after,
                Lock::UntilReset { .. } => Duration::ZERO,
                // A clock that was set back blocks nobody for longer.
                Lock::Every(time) => time.min(Duration::from_millis(self.until.saturating_sub(now))),
            };
            if !wait.is_zero() {
                return (None, AttemptOutcome::Refused { retry_after: wait, locked: true });
            }
        }
        if let Some(delays) = rules.delays {
            // A clock that was set back blocks nobody for longer than the longest wait.
            let wait = self.until.saturating_sub(now).min(whole_millis(delays.ceiling));
            if wait > 0 {
                return (None, AttemptOutcome::Refused { retry_after: Duration::from_millis(wait), locked: false });
            }
            if now.saturating_sub(self.at.max(self.until)) >= whole_millis(delays.within) {
                self.series = 0;
            }
        }
        let known = rules.lock.is_none() && (rules.in_session || self.known_until > now) && self.run < most;
        self.series = self.series.saturating_add(1);
        self.run = self.run.saturating_add(1);
        let mut keep = self.known_until;
        if let Some(delays) = rules.delays {
            let failures = u32::try_from(self.series).unwrap_or(u32::MAX);
            self.until = now.saturating_add(whole_millis(delays.after(failures)));
            keep = keep.max(self.until.saturating_add(whole_millis(delays.within)));
        }
        let locked = rules.lock.filter(|_| self.run >= most);
        if let Some(Lock::Every(_)) = rules.lock {
            self.run = self.run.min(most);
            self.at = if self.run == 1 { now } else { self.at };
        } else {
            self.at = now;
        }
        if let Some(Lock::Every(time)) = locked {
            self.until = now.saturating_add(whole_millis(time));
        }
        self.keep_until = keep.max(self.remembered_until(rules, now));
        (Some(self), AttemptOutcome::Admitted { known, last: locked.is_some(), owner: self.owner })
    }

    /// Forgets a failure for each day that has passed, unless the lock lasts until somebody ends it.
    fn fade(&mut self, lock: Lock, now: u64) {
        if let Lock::Every(_) = lock {
            let days = (now.saturating_sub(self.at) / DAY).min(self.run);
            self.run -= days;
            self.at = self.at.saturating_add(days * DAY);
        }
    }

    /// Returns how long failures are remembered: a day for each. Strangers who name accounts at random leave little
    /// behind, and waiting for the counter to expire yields one attempt a day.
    fn remembered_until(&self, rules: &AttemptRules, now: u64) -> u64 {
        let days = |from: u64, days: u64| from.saturating_add(days.saturating_mul(DAY));
        match rules.lock {
            Some(Lock::Every(_)) => days(self.at, self.run).max(self.until),
            Some(Lock::UntilReset { .. }) if self.run >= u64::from(rules.most) => now.saturating_add(FOR_EVER),
            Some(Lock::UntilReset { .. }) => days(now, self.run.min(MOST_DAYS)),
            None if rules.in_session => days(now, self.run.min(MOST_DAYS)),
            None => 0,
        }
    }

    /// Forgets failures up to this time, because the limits of the account were lifted then.
    pub(super) const fn lifted(mut self, since: Timestamp) -> Self {
        if self.at <= since.as_millis() {
            (self.series, self.run, self.until) = (0, 0, 0);
        }
        self
    }

    /// Records that limits are lifted now.
    pub(super) fn lift(keep_for: Duration, now: Timestamp) -> Self {
        let at = now.as_millis();
        Self { at, keep_until: at.saturating_add(whole_millis(keep_for)), ..Self::default() }
    }

    /// Returns when limits were lifted.
    pub(super) const fn lifted_at(&self) -> Timestamp {
        Timestamp::from_millis(self.at)
    }

    /// Reverts an attempt that was not made after all.
    pub(super) fn undone(mut self, rules: &AttemptRules) -> Self {
        self.series = self.series.saturating_sub(1);
        self.run = self.run.saturating_sub(1);
        let wait =
            rules.delays.map_or(0, |delays| whole_millis(delays.after(u32::try_from(self.series).unwrap_or(u32::MAX))));
        self.until = self.until.min(self.at.saturating_add(wait));
        if self.run == 0 {
            // Nothing is left to remember except whether the client is known.
            self.keep_until = self.known_until.max(self.until);
        }
        self
    }

    /// Records a success of a client: the series is over, and with `known_for` the client is known for that long, at
    /// the account of this owner.
    pub(super) fn succeeded(self, known_for: Option<(Duration, u64)>, now: Timestamp) -> Self {
        let (time, owner) = known_for.unwrap_or((Duration::ZERO, self.owner));
        let known = known_for.map_or(0, |_| now.as_millis().saturating_add(whole_millis(time)));
        let known_until = self.known_until.max(known);
        Self { known_until, keep_until: known_until, owner, ..Self::default() }
    }

    /// Records a right password at an account: forgives failures of strangers, but only so many and so often, because
    /// they may be guesses, and their number says nothing about who knows the password. A lock stays in place.
    pub(super) fn forgiven(mut self, rules: &AttemptRules, now: Timestamp) -> Self {
        let (most, now) = (u64::from(rules.most), now.as_millis());
        if let Some(lock) = rules.lock {
            self.fade(lock, now);
        }
        if self.run > 0 && self.run < most && self.until <= now && self.known_until <= now {
            self.run = self.run.saturating_sub(most * FORGIVEN_PERCENT / 100);
            self.known_until = now.saturating_add(FORGIVING);
        }
        self.keep_until = self.known_until.max(self.remembered_until(rules, now));
        self
    }
}

/// Six numbers were written by earlier releases.
impl TryFrom<Vec<u64>> for FailureCounter {
    type Error = &'static str;

    fn try_from(numbers: Vec<u64>) -> Result<Self, Self::Error> {
        let (numbers, owner) = match *numbers {
            [series, run, at, until, known_until, keep_until] => ([series, run, at, until, known_until, keep_until], 0),
            [series, run, at, until, known_until, keep_until, owner] => {
                ([series, run, at, until, known_until, keep_until], owner)
            }
            _ => return Err("six or seven numbers"),
        };
        let [series, run, at, until, known_until, keep_until] = numbers;
        Ok(Self { series, run, at, until, known_until, keep_until, owner })
    }
}

impl From<FailureCounter> for Vec<u64> {
    fn from(failures: FailureCounter) -> Self {
        let mut numbers = vec![
            failures.series,
            failures.run,
            failures.at,
            failures.until,
            failures.known_until,
            failures.keep_until,
            failures.owner,
        ];
        if failures.owner == 0 {
            numbers.pop();
        }
        numbers
    }
}

#[cfg(test)]
mod tests;
