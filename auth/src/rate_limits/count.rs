//! Counting at several counters at once: they may be in a database, and each answer of it is waited for.

use super::RateLimits;
use crate::base::clock::Timestamp;
use crate::limit::{CounterOp, Decision, LimitKey};
use crate::model::user::AuthUser;

/// An operation on one counter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    key: LimitKey,
    op: CounterOp,
    of: CountOf,
}

#[derive(Clone, Copy, Debug)]
enum CountOf {
    /// A rate. If this process refuses, the shared counter is not asked: a flood causes no queries.
    Rate,
    /// A rate that this process has already counted, with this result.
    BegunRate(Decision),
    /// The failures of a client or at an account. This process knows only its own part of them, so its memory counts only
    /// while the shared counters fail (LOGIN-15).
    Failures,
}

impl Count {
    pub(super) const fn rate(key: LimitKey, op: CounterOp) -> Self {
        Self { key, op, of: CountOf::Rate }
    }

    pub(super) const fn begun(key: LimitKey, op: CounterOp, here: Decision) -> Self {
        Self { key, op, of: CountOf::BegunRate(here) }
    }

    pub(super) fn is_at(&self, key: &LimitKey) -> bool {
        self.key == *key
    }

    pub(super) const fn failures(key: LimitKey, op: CounterOp) -> Self {
        Self { key, op, of: CountOf::Failures }
    }
}

impl<U: AuthUser> RateLimits<U> {
    /// Applies an operation to a rate.
    pub(super) async fn rate(&self, key: &LimitKey, op: CounterOp) -> Decision {
        self.count_one(Count::rate(*key, op)).await
    }

    /// Applies an operation to the failures of a client or at an account.
    pub(super) async fn failures(&self, key: &LimitKey, op: CounterOp) -> Decision {
        self.count_one(Count::failures(*key, op)).await
    }

    pub(super) async fn count_one(&self, count: Count) -> Decision {
        self.count(&[count]).await.first().copied().unwrap_or(Decision::too_many_at_once())
    }

    /// Applies the operations, of which no two are about the same counter, in this order and up to the first that is
    /// refused. Returns the decisions in the same order. (If another process counts at the same moment, operations after
    /// a refused one may have been applied, and then their decisions follow.)
    pub(super) async fn count(&self, counts: &[Count]) -> Vec<Decision> {
        let now = self.now();
        let mut here = Vec::with_capacity(counts.len());
        let mut refused = None;
        for count in counts {
            let decision = self.count_here(count, now);
            refused = decision.filter(|decision| decision.is_refused());
            if refused.is_some() {
                break;
            }
            here.push((count, decision));
        }
        let shared = match &self.shared {
            None => None,
            Some(_) if here.is_empty() => None,
            Some(shared) => {
                let ops: Vec<_> = here.iter().map(|(count, _)| (count.key, count.op)).collect();
                self.observe(shared.apply_all(&ops, now).await)
            }
        };
        let mut decisions = shared.unwrap_or_else(|| self.decide_here(&here, now));
        if decisions.len() == here.len() && !decisions.iter().any(|decision| decision.is_refused()) {
            decisions.extend(refused);
        }
        decisions
    }

    /// Counts a rate in this process.
    fn count_here(&self, count: &Count, now: Timestamp) -> Option<Decision> {
        match count.of {
            CountOf::Rate => Some(self.local.apply_now(&count.key, count.op, now)),
            CountOf::BegunRate(here) => Some(here),
            CountOf::Failures => None,
        }
    }

    /// Decides by what this process has counted, because there are no shared counters or they fail.
    fn decide_here(&self, here: &[(&Count, Option<Decision>)], now: Timestamp) -> Vec<Decision> {
        let mut decisions = Vec::with_capacity(here.len());
        for (count, decision) in here {
            let decision = decision.unwrap_or_else(|| self.local.apply_now(&count.key, count.op, now));
            decisions.push(decision);
            if decision.is_refused() {
                break;
            }
        }
        decisions
    }
}
