//! The arithmetic of limits: counter, operation and time in, counter and decision out.
//!
//! It is pure, so a `Limiter` only stores counters. The one in memory holds a lock. The one over records compares and
//! sets by version (`rate_limits/records.rs`; it is part of the handle, because mechanisms do not know each other). The
//! one over Redis compares and sets by text (`redis/limiter.rs`): one script sets value and time to live together if
//! the text is unchanged, and returns the current text otherwise, so a counter costs one round trip when it is new and
//! two when it is not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::backoff::{AttemptOutcome, AttemptRules, FailureCounter};
use super::rate::{self, Rate};
use crate::base::clock::Timestamp;

/// The state of one counter. A [`Limiter`](super::Limiter) stores it without looking inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter(State);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    #[serde(rename = "r")]
    Bucket(u64),
    #[serde(rename = "t")]
    Failures(FailureCounter),
}

impl Counter {
    /// Encodes the counter as text, for stores; at most 160 characters.
    #[must_use]
    pub fn to_text(self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// Decodes a counter written by [`to_text`](Self::to_text).
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// Returns the time from which on the counter is equivalent to an absent one.
    #[must_use]
    pub const fn expires_at(self) -> Timestamp {
        match self.0 {
            State::Bucket(empty_at) => Timestamp::from_millis(empty_at.div_ceil(1000)),
            State::Failures(failures) => Timestamp::from_millis(failures.keep_until),
        }
    }
}

/// An operation on a counter: read, decide and write, atomically.
#[derive(Clone, Copy, Debug)]
pub struct CounterOp(Op);

#[derive(Clone, Copy, Debug)]
enum Op {
    Take(Rate),
    /// Whether `Take` would be admitted. Writes as much as it does.
    Ask(Rate),
    Refund(Rate),
    /// Failures up to the time do not count.
    Attempt(AttemptRules, Timestamp),
    Undo(AttemptRules),
    Succeed {
        known_for: Option<(Duration, u64)>,
    },
    Forgive {
        rules: AttemptRules,
        counted: bool,
    },
    Forget,
    Lift {
        keep_for: Duration,
    },
    Lifted,
}

/// The outcome of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The attempt may proceed.
    #[non_exhaustive]
    Admitted {
        /// The client is known: the owner of the account has signed in from it.
        known: bool,
        /// If this attempt fails, the account is locked for strangers.
        last: bool,
        /// The account for which the client is known, as a hash; 0 if there is none, or nobody said.
        owner: u64,
    },
    /// The attempt must wait.
    #[non_exhaustive]
    Refused {
        /// How long to wait before the next attempt.
        retry_after: Duration,
        /// Strangers failed too often at the account: none may try until then, or until a new password is set.
        locked: bool,
    },
    /// Nothing was attempted, but asked: when the limits of an account were last lifted.
    #[non_exhaustive]
    Lifted {
        /// The time up to which failures do not count.
        at: Timestamp,
    },
}

impl Decision {
    /// Returns whether the attempt must wait.
    #[must_use]
    pub const fn is_refused(self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    const YES: Self = Self::Admitted { known: false, last: false, owner: 0 };

    /// Returns the decision for an operation that could not be applied because of too many concurrent ones: nobody is
    /// admitted uncounted.
    #[must_use]
    pub const fn too_many_at_once() -> Self {
        Self::Refused { retry_after: Duration::from_secs(1), locked: false }
    }
}

impl CounterOp {
    pub(crate) const fn take(rate: Rate) -> Self {
        Self(Op::Take(rate))
    }

    /// Asks whether there is room, with the same reads and writes as [`take`](Self::take): whoever watches the store
    /// cannot tell which it was. However often somebody asks, no more than one place is taken.
    pub(crate) const fn ask(rate: Rate) -> Self {
        Self(Op::Ask(rate))
    }

    pub(crate) const fn refund(rate: Rate) -> Self {
        Self(Op::Refund(rate))
    }

    pub(super) const fn attempt(rules: AttemptRules) -> Self {
        Self(Op::Attempt(rules, Timestamp::from_millis(0)))
    }

    /// The same, after the limits of the account were lifted.
    pub(super) const fn attempt_since(rules: AttemptRules, since: Timestamp) -> Self {
        Self(Op::Attempt(rules, since))
    }

    pub(super) const fn undo(rules: AttemptRules) -> Self {
        Self(Op::Undo(rules))
    }

    pub(super) const fn succeed(known_for: Option<(Duration, u64)>) -> Self {
        Self(Op::Succeed { known_for })
    }

    /// `counted`: the attempt that succeeded was counted here.
    pub(super) const fn forgive(rules: AttemptRules, counted: bool) -> Self {
        Self(Op::Forgive { rules, counted })
    }

    pub(crate) const fn forget() -> Self {
        Self(Op::Forget)
    }

    /// Records that the limits of an account are lifted; `keep_for`: for how long that matters to anybody.
    pub(super) const fn lift(keep_for: Duration) -> Self {
        Self(Op::Lift { keep_for })
    }

    /// Asks when they were.
    pub(crate) const fn lifted() -> Self {
        Self(Op::Lifted)
    }

    /// Returns whether the operation is about a rate, which costs little to forget.
    pub(super) const fn is_of_rate(self) -> bool {
        matches!(self.0, Op::Take(_) | Op::Ask(_) | Op::Refund(_))
    }

    /// Returns the new state of `counter` (`None`: there is nothing to write) and the decision.
    ///
    /// A custom limiter reads a counter, calls this, and writes the result only if the counter has not changed since it
    /// was read; otherwise it starts over.
    #[must_use]
    pub fn apply(self, counter: Option<Counter>, now: Timestamp) -> (Option<Counter>, Decision) {
        let counter = counter.filter(|counter| counter.expires_at() > now);
        let bucket = counter.and_then(|counter| if let State::Bucket(at) = counter.0 { Some(at) } else { None });
        let failures =
            counter.and_then(|counter| if let State::Failures(failures) = counter.0 { Some(failures) } else { None });
        let written = |failures| Some(Counter(State::Failures(failures)));
        match self.0 {
            Op::Take(rate) => match rate::take(bucket, rate, now) {
                Ok(bucket) => (Some(Counter(State::Bucket(bucket))), Decision::YES),
                Err(retry_after) => (None, Decision::Refused { retry_after, locked: false }),
            },
            Op::Ask(rate) => match rate::take(bucket, rate, now) {
                Ok(_) => (Some(Counter(State::Bucket(rate::touch(bucket, rate, now)))), Decision::YES),
                Err(retry_after) => (None, Decision::Refused { retry_after, locked: false }),
            },
            Op::Refund(rate) => {
                (bucket.map(|bucket| Counter(State::Bucket(rate::refund(bucket, rate)))), Decision::YES)
            }
            Op::Attempt(rules, since) => match failures.unwrap_or_default().lifted(since).attempt(&rules, now) {
                (failures, AttemptOutcome::Admitted { known, last, owner }) => {
                    (failures.and_then(written), Decision::Admitted { known, last, owner })
                }
                (_, AttemptOutcome::Refused { retry_after, locked }) => {
                    (None, Decision::Refused { retry_after, locked })
                }
            },
            Op::Undo(rules) => (failures.and_then(|failures| written(failures.undone(&rules))), Decision::YES),
            Op::Succeed { known_for } => {
                let begun = failures.or_else(|| known_for.map(|_| FailureCounter::default()));
                (begun.and_then(|failures| written(failures.succeeded(known_for, now))), Decision::YES)
            }
            Op::Forgive { rules, counted } => {
                let forgiven = |failures: FailureCounter| {
                    if counted { failures.undone(&rules) } else { failures }.forgiven(&rules, now)
                };
                let changed =
                    failures.map(|failures| (failures, forgiven(failures))).filter(|(before, after)| before != after);
                (changed.and_then(|(_, after)| written(after)), Decision::YES)
            }
            Op::Lift { keep_for } => (written(FailureCounter::lift(keep_for, now)), Decision::YES),
            Op::Lifted => {
                (None, failures.map_or(Decision::YES, |failures| Decision::Lifted { at: failures.lifted_at() }))
            }
            Op::Forget => (failures.and_then(|_| written(FailureCounter::default())), Decision::YES),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_writes_and_takes_one_place_at_most() {
        let (now, rate) = (Timestamp::from_secs(1_000), Rate::per_minute(2));
        let mut counter = None;
        for _ in 0..100 {
            let (written, decision) = CounterOp::ask(rate).apply(counter, now);
            assert!(written.is_some_and(|written| written.expires_at() > now) && decision == Decision::YES);
            counter = written;
        }
        let (full, decision) = CounterOp::take(rate).apply(counter, now);
        assert_eq!(decision, Decision::YES);
        for op in [CounterOp::ask(rate), CounterOp::take(rate)] {
            assert!(matches!(op.apply(full, now), (None, Decision::Refused { .. })));
        }
    }

    #[test]
    fn cells_are_read_as_they_were_written() {
        let now = Timestamp::from_secs(1_000);
        let (bucket, _) = CounterOp::take(Rate::per_minute(30)).apply(None, now);
        let (failures, _) = CounterOp::succeed(Some((Duration::from_hours(1), 7))).apply(None, now);
        for counter in [bucket.unwrap(), failures.unwrap()] {
            assert_eq!(Counter::from_text(&counter.to_text()), Some(counter));
            assert!(counter.to_text().len() <= 160 && counter.expires_at() > now);
        }
        assert_eq!(Counter::from_text("{}"), None);
        // As the release before wrote it.
        let before = Counter::from_text(r#"{"t":[0,99,5,0,0,8640000]}"#).unwrap();
        assert_eq!(before.to_text(), r#"{"t":[0,99,5,0,0,8640000]}"#);
        let most = Counter(State::Failures(vec![u64::MAX; 7].try_into().unwrap()));
        assert!(most.to_text().len() <= 160);
    }
}
