use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

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
pub(super) struct Tries {
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
pub(super) enum Tried {
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
pub(super) struct TryRules {
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
    /// None until a password is set. The time is only what clients are told.
    UntilReset { told: Duration },
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

impl Tries {
    /// Counts one more attempt.
    pub(super) fn attempt(mut self, rules: &TryRules, now: Timestamp) -> (Option<Self>, Tried) {
        let most = u64::from(rules.most);
        let now = now.as_millis();
        if let Some(lock) = rules.lock {
            self.fade(lock, now);
            let wait = match lock {
                Lock::UntilReset { told } if self.run >= most => told,
                Lock::UntilReset { .. } => Duration::ZERO,
                // A clock that was set back blocks nobody for longer.
                Lock::Every(time) => time.min(Duration::from_millis(self.until.saturating_sub(now))),
            };
            if !wait.is_zero() {
                return (None, Tried::Refused { retry_after: wait, locked: true });
            }
        }
        if let Some(delays) = rules.delays {
            // A clock that was set back blocks nobody for longer than the longest wait.
            let wait = self.until.saturating_sub(now).min(whole_millis(delays.ceiling));
            if wait > 0 {
                return (None, Tried::Refused { retry_after: Duration::from_millis(wait), locked: false });
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
        (Some(self), Tried::Admitted { known, last: locked.is_some(), owner: self.owner })
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
    fn remembered_until(&self, rules: &TryRules, now: u64) -> u64 {
        let days = |from: u64, days: u64| from.saturating_add(days.saturating_mul(DAY));
        match rules.lock {
            Some(Lock::Every(_)) => days(self.at, self.run).max(self.until),
            Some(Lock::UntilReset { .. }) if self.run >= u64::from(rules.most) => now.saturating_add(FOR_EVER),
            Some(Lock::UntilReset { .. }) => days(now, self.run.min(MOST_DAYS)),
            None if rules.in_session => days(now, self.run.min(MOST_DAYS)),
            None => 0,
        }
    }

    /// Reverts an attempt that was not made after all.
    pub(super) fn undone(mut self, rules: &TryRules) -> Self {
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
    pub(super) fn forgiven(mut self, rules: &TryRules, now: Timestamp) -> Self {
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

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Six numbers were written by earlier releases.
impl TryFrom<Vec<u64>> for Tries {
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

impl From<Tries> for Vec<u64> {
    fn from(tries: Tries) -> Self {
        let mut numbers =
            vec![tries.series, tries.run, tries.at, tries.until, tries.known_until, tries.keep_until, tries.owner];
        if tries.owner == 0 {
            numbers.pop();
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DELAYS: Delays = Delays {
        from: 5,
        within: Duration::from_mins(15),
        first: Duration::from_secs(1),
        ceiling: Duration::from_hours(1),
    };
    const PAIR: TryRules = TryRules { delays: Some(DELAYS), most: 100, lock: None, in_session: false };
    const ONE_DAY: Duration = Duration::from_hours(24);
    const ACCOUNT: TryRules = TryRules { delays: None, lock: Some(Lock::Every(ONE_DAY)), ..PAIR };

    fn at(secs: u64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    #[test]
    fn login_05_waits_begin_at_the_fifth_failure_and_double_up_to_an_hour() {
        let (mut tries, mut now, mut waits) = (Tries::default(), at(1_000_000), Vec::new());
        for _ in 0..20 {
            match tries.attempt(&PAIR, now) {
                (Some(next), Tried::Admitted { known: false, last: false, .. }) => tries = next,
                other => panic!("{other:?}"),
            }
            let (_, tried) = tries.attempt(&PAIR, now);
            if let Tried::Refused { retry_after, .. } = tried {
                waits.push(retry_after.as_secs());
                now = now + retry_after;
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600, 3600]);
    }

    #[test]
    fn login_09_after_a_wait_the_next_failure_brings_a_longer_one_and_quiet_ends_the_series() {
        let mut tries = Tries::default();
        for _ in 0..5 {
            tries = tries.attempt(&PAIR, at(1_000)).0.unwrap();
        }
        tries = tries.attempt(&PAIR, at(1_001)).0.unwrap();
        assert!(matches!(tries.attempt(&PAIR, at(1_002)).1, Tried::Refused { .. }));
        tries = tries.attempt(&PAIR, at(1_003 + 15 * 60)).0.unwrap();
        assert_eq!((tries.series, tries.run), (1, 7));
    }

    /// A hundred failures, this many seconds apart.
    fn a_hundred_failures(rules: &TryRules, apart: u64) -> (Tries, Timestamp) {
        let mut tries = Tries::default();
        for number in 1..=100 {
            let (next, tried) = tries.attempt(rules, at(number * apart));
            assert_eq!(tried, Tried::Admitted { known: false, last: number == 100, owner: 0 });
            tries = next.unwrap();
        }
        (tries, at(100 * apart))
    }

    #[test]
    fn login_06_after_a_hundred_failures_in_a_row_there_is_one_attempt_a_day() {
        let (mut tries, mut now) = a_hundred_failures(&ACCOUNT, 15);
        for _ in 0..5 {
            let later = now + Duration::from_hours(1);
            let retry_after = Duration::from_hours(23);
            assert_eq!(tries.attempt(&ACCOUNT, later), (None, Tried::Refused { retry_after, locked: true }));
            now = now + ONE_DAY;
            let (next, tried) = tries.attempt(&ACCOUNT, now);
            assert_eq!(tried, Tried::Admitted { known: false, last: true, owner: 0 });
            tries = next.unwrap();
            // Reverting an attempt takes nobody else's.
            assert!(matches!(tries.undone(&ACCOUNT).attempt(&ACCOUNT, now).1, Tried::Admitted { .. }));
            assert!(tries.keep_until >= (now + ONE_DAY * 98).as_millis());
        }
    }

    #[test]
    fn login_06_the_hundredth_failure_in_a_row_can_be_the_last_one() {
        let rules = TryRules { lock: Some(Lock::UntilReset { told: DELAYS.ceiling }), ..ACCOUNT };
        let (tries, now) = a_hundred_failures(&rules, 86_000);
        let refused = Tried::Refused { retry_after: DELAYS.ceiling, locked: true };
        assert_eq!(tries.attempt(&rules, now + ONE_DAY * 365), (None, refused));
        assert!(tries.keep_until > at(9 * 365 * 86_400).as_millis());
    }

    #[test]
    fn login_16_an_attempt_that_was_not_made_leaves_nothing_behind() {
        for rules in [PAIR, ACCOUNT] {
            let tries = Tries::default().attempt(&rules, at(1_000)).0.unwrap().undone(&rules);
            assert!(tries.keep_until <= at(1_000).as_millis(), "{rules:?}");
        }
    }

    #[test]
    fn a_known_client_is_known_until_it_fails_as_often_as_anybody_may() {
        let mut tries = Tries::default().succeeded(Some((Duration::from_hours(24 * 90), 7)), at(1));
        let mut now = at(1);
        for number in 1..=101 {
            let (next, tried) = tries.attempt(&PAIR, now);
            assert_eq!(tried, Tried::Admitted { known: number <= 100, last: false, owner: 7 }, "{number}");
            tries = next.unwrap();
            now = now + Duration::from_mins(15);
            if let (_, Tried::Refused { retry_after, .. }) = tries.attempt(&PAIR, now) {
                now = now + retry_after;
            }
        }
    }

    #[test]
    fn m4_failures_are_forgiven_once_in_a_month_and_forgotten_one_a_day() {
        let mut tries = Tries::default();
        for _ in 0..99 {
            tries = tries.attempt(&ACCOUNT, at(0)).0.unwrap();
        }
        let day = |days: u64| at(days * 86_400);
        let once = tries.forgiven(&ACCOUNT, at(60));
        assert_eq!((once.run, once.forgiven(&ACCOUNT, at(61)).run), (29, 29));
        assert_eq!(once.forgiven(&ACCOUNT, day(10)).run, 19);
        assert_eq!(once.forgiven(&ACCOUNT, day(29)).run, 0);
        assert!(once.forgiven(&ACCOUNT, day(29)).keep_until >= day(30).as_millis(), "it is remembered");
        // The same for whoever comes from nowhere near.
        assert_eq!(tries.forgiven(&ACCOUNT, day(40)).run, 0);
        assert_eq!(tries.attempt(&ACCOUNT, day(40)).0.unwrap().run, 60);
        // A lock is for strangers, and lasts until its time has passed.
        let locked = tries.attempt(&ACCOUNT, at(1)).0.unwrap();
        assert_eq!(locked.forgiven(&ACCOUNT, at(60)).run, 100);
        assert!(matches!(locked.forgiven(&ACCOUNT, at(60)).attempt(&ACCOUNT, at(61)).1, Tried::Refused { .. }));
        let for_good = TryRules { lock: Some(Lock::UntilReset { told: DELAYS.ceiling }), ..ACCOUNT };
        assert_eq!(tries.forgiven(&for_good, at(60)).run, 29);
        let locked = tries.attempt(&for_good, at(1)).0.unwrap();
        assert_eq!(locked.forgiven(&for_good, day(365)).run, 100);
    }

    #[test]
    fn m4_counters_of_the_release_before_are_read() {
        let old = Tries::try_from(vec![0, 99, 86_400_000, 0, 0, 99 * DAY]).unwrap();
        assert_eq!((old.run, old.owner, Vec::from(old).len()), (99, 0, 6));
        let known = Tries::try_from(vec![0, 0, 0, 0, 90 * DAY, 90 * DAY]).unwrap();
        assert!(matches!(known.attempt(&PAIR, at(1)).1, Tried::Admitted { known: true, owner: 0, .. }));
        assert!(Tries::try_from(vec![1, 2, 3]).is_err());
        let owned = known.succeeded(Some((ONE_DAY, 5)), at(1));
        assert_eq!(Tries::try_from(Vec::from(owned)).unwrap(), owned);
    }

    proptest! {
        #[test]
        fn what_is_undone_leaves_no_wait_and_no_count(failures in 0_u32..30) {
            let mut tries = Tries::default();
            let mut now = at(1_000_000);
            for _ in 0..failures {
                if let (_, Tried::Refused { retry_after, .. }) = tries.attempt(&PAIR, now) {
                    now = now + retry_after;
                }
                tries = tries.attempt(&PAIR, now).0.unwrap();
            }
            now = now + Duration::from_hours(1);
            let after = tries.attempt(&PAIR, now).0.unwrap().undone(&PAIR);
            prop_assert_eq!(after.run, tries.run);
            let admitted = matches!(after.attempt(&PAIR, now + DELAYS.ceiling).1, Tried::Admitted { .. });
            prop_assert!(admitted);
        }

        #[test]
        fn at_most_as_many_at_once_as_come_before_the_first_wait(together in 1_usize..500) {
            let (mut tries, mut admitted) = (Tries::default(), 0);
            for _ in 0..together {
                if let (Some(next), Tried::Admitted { .. }) = tries.attempt(&PAIR, at(5)) {
                    tries = next;
                    admitted += 1;
                }
            }
            prop_assert_eq!(admitted, together.min(5));
        }
    }
}
