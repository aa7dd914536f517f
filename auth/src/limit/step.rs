//! The arithmetic of limits: cell, step and time in, cell and verdict out.
//!
//! It is pure, so a `Limiter` only stores cells. The one in memory holds a lock. The one over records compares and sets
//! by version (`rate_limits/records.rs`; it is part of the handle, because mechanisms do not know each other). The one
//! over Redis compares and sets by text (`redis/limiter.rs`): one script sets value and time to live together if the
//! text is unchanged, and returns the current text otherwise, so a counter costs one round trip when it is new and two
//! when it is not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rate::{self, Rate};
use super::tries::{Tried, Tries, TryRules};
use crate::base::clock::Timestamp;

/// The state of one counter. A [`Limiter`](super::Limiter) stores it without looking inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    #[serde(rename = "r")]
    Bucket(u64),
    #[serde(rename = "t")]
    Tries(Tries),
}

impl Cell {
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
            Kind::Bucket(empty_at) => Timestamp::from_millis(empty_at.div_ceil(1000)),
            Kind::Tries(tries) => Timestamp::from_millis(tries.keep_until),
        }
    }
}

/// An operation on a counter: read, decide and write, atomically.
#[derive(Clone, Copy, Debug)]
pub struct Step(What);

#[derive(Clone, Copy, Debug)]
enum What {
    Take(Rate),
    GiveBack(Rate),
    /// Failures up to the time do not count.
    Attempt(TryRules, Timestamp),
    Undo(TryRules),
    Succeed {
        known_for: Option<(Duration, u64)>,
    },
    Forgive {
        rules: TryRules,
        counted: bool,
    },
    Forget,
    Lift {
        kept: Duration,
    },
    Lifted,
}

/// The outcome of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
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

impl Verdict {
    const YES: Self = Self::Admitted { known: false, last: false, owner: 0 };

    /// Returns the verdict for a step that could not be taken because of too many concurrent ones: nobody is admitted
    /// uncounted.
    #[must_use]
    pub const fn too_many_at_once() -> Self {
        Self::Refused { retry_after: Duration::from_secs(1), locked: false }
    }
}

impl Step {
    pub(crate) const fn take(rate: Rate) -> Self {
        Self(What::Take(rate))
    }

    pub(crate) const fn give_back(rate: Rate) -> Self {
        Self(What::GiveBack(rate))
    }

    pub(super) const fn attempt(rules: TryRules) -> Self {
        Self(What::Attempt(rules, Timestamp::from_millis(0)))
    }

    /// The same, after the limits of the account were lifted.
    pub(super) const fn attempt_since(rules: TryRules, since: Timestamp) -> Self {
        Self(What::Attempt(rules, since))
    }

    pub(super) const fn undo(rules: TryRules) -> Self {
        Self(What::Undo(rules))
    }

    pub(super) const fn succeed(known_for: Option<(Duration, u64)>) -> Self {
        Self(What::Succeed { known_for })
    }

    /// `counted`: the attempt that succeeded was counted here.
    pub(super) const fn forgive(rules: TryRules, counted: bool) -> Self {
        Self(What::Forgive { rules, counted })
    }

    pub(crate) const fn forget() -> Self {
        Self(What::Forget)
    }

    /// Records that the limits of an account are lifted; `kept`: for how long that matters to anybody.
    pub(super) const fn lift(kept: Duration) -> Self {
        Self(What::Lift { kept })
    }

    /// Asks when they were.
    pub(crate) const fn lifted() -> Self {
        Self(What::Lifted)
    }

    /// Returns whether the step is about a rate, which costs little to forget.
    pub(super) const fn is_of_bucket(self) -> bool {
        matches!(self.0, What::Take(_) | What::GiveBack(_))
    }

    /// Returns the new state of `cell` (`None`: there is nothing to write) and the verdict.
    ///
    /// A custom limiter reads a cell, calls this, and writes the result only if the cell has not changed since it was
    /// read; otherwise it starts over.
    #[must_use]
    pub fn apply(self, cell: Option<Cell>, now: Timestamp) -> (Option<Cell>, Verdict) {
        let cell = cell.filter(|cell| cell.expires_at() > now);
        let bucket = cell.and_then(|cell| if let Kind::Bucket(at) = cell.0 { Some(at) } else { None });
        let tries = cell.and_then(|cell| if let Kind::Tries(tries) = cell.0 { Some(tries) } else { None });
        let written = |tries| Some(Cell(Kind::Tries(tries)));
        match self.0 {
            What::Take(rate) => match rate::take(bucket, rate, now) {
                Ok(bucket) => (Some(Cell(Kind::Bucket(bucket))), Verdict::YES),
                Err(retry_after) => (None, Verdict::Refused { retry_after, locked: false }),
            },
            What::GiveBack(rate) => {
                (bucket.map(|bucket| Cell(Kind::Bucket(rate::give_back(bucket, rate)))), Verdict::YES)
            }
            What::Attempt(rules, since) => match tries.unwrap_or_default().lifted(since).attempt(&rules, now) {
                (tries, Tried::Admitted { known, last, owner }) => {
                    (tries.and_then(written), Verdict::Admitted { known, last, owner })
                }
                (_, Tried::Refused { retry_after, locked }) => (None, Verdict::Refused { retry_after, locked }),
            },
            What::Undo(rules) => (tries.and_then(|tries| written(tries.undone(&rules))), Verdict::YES),
            What::Succeed { known_for } => {
                let begun = tries.or_else(|| known_for.map(|_| Tries::default()));
                (begun.and_then(|tries| written(tries.succeeded(known_for, now))), Verdict::YES)
            }
            What::Forgive { rules, counted } => {
                let forgiven = |tries: Tries| if counted { tries.undone(&rules) } else { tries }.forgiven(&rules, now);
                let changed = tries.map(|tries| (tries, forgiven(tries))).filter(|(before, after)| before != after);
                (changed.and_then(|(_, after)| written(after)), Verdict::YES)
            }
            What::Lift { kept } => (written(Tries::lift(kept, now)), Verdict::YES),
            What::Lifted => (None, tries.map_or(Verdict::YES, |tries| Verdict::Lifted { at: tries.lifted_at() })),
            What::Forget => (tries.and_then(|_| written(Tries::default())), Verdict::YES),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_they_were_written() {
        let now = Timestamp::from_secs(1_000);
        let (bucket, _) = Step::take(Rate::per_minute(30)).apply(None, now);
        let (tries, _) = Step::succeed(Some((Duration::from_hours(1), 7))).apply(None, now);
        for cell in [bucket.unwrap(), tries.unwrap()] {
            assert_eq!(Cell::from_text(&cell.to_text()), Some(cell));
            assert!(cell.to_text().len() <= 160 && cell.expires_at() > now);
        }
        assert_eq!(Cell::from_text("{}"), None);
        // As the release before wrote it.
        let before = Cell::from_text(r#"{"t":[0,99,5,0,0,8640000]}"#).unwrap();
        assert_eq!(before.to_text(), r#"{"t":[0,99,5,0,0,8640000]}"#);
        let most = Cell(Kind::Tries(vec![u64::MAX; 7].try_into().unwrap()));
        assert!(most.to_text().len() <= 160);
    }
}
