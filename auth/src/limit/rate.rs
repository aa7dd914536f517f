use std::time::Duration;

use crate::base::clock::Timestamp;

/// A number of admissions per period. All of them may come at once; after that, they are admitted evenly spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    times: u32,
    per: Duration,
}

impl Rate {
    /// Creates a rate of `times` per `per`.
    #[must_use]
    pub const fn new(times: u32, per: Duration) -> Self {
        Self { times, per }
    }

    /// Creates a rate of `times` a minute.
    #[must_use]
    pub const fn per_minute(times: u32) -> Self {
        Self::new(times, Duration::from_mins(1))
    }

    /// Returns whether the rate can be enforced: it allows something, and the period is not zero or longer than 31
    /// days.
    pub(super) fn is_sane(self) -> bool {
        self.times > 0 && !self.per.is_zero() && self.per <= Duration::from_hours(24 * 31)
    }

    /// What one admission costs, in microseconds; rounded up, so that rounding never admits more.
    fn cost(self) -> u64 {
        let micros = self.per.as_micros().div_ceil(u128::from(self.times.max(1)));
        u64::try_from(micros).unwrap_or(u64::MAX).max(1)
    }

    fn most(self) -> u64 {
        self.cost().saturating_mul(u64::from(self.times))
    }
}

/// A time in microseconds, the unit of buckets.
pub(super) fn micros(now: Timestamp) -> u64 {
    now.as_millis().saturating_mul(1000)
}

/// The whole of GCRA. A bucket is the time at which it will be empty again (`None`: it is empty). Admitting one moves
/// that time forward by the cost of one admission, as long as it stays within `per` of now. Returns the bucket after
/// the admission, or how long to wait for one.
///
/// At most `times + times·t/per` are admitted in any stretch of time `t`, and a client that waits as long as it was
/// told, and is alone, is admitted.
pub(super) fn take(empty_at: Option<u64>, rate: Rate, now: Timestamp) -> Result<u64, Duration> {
    let now = micros(now);
    // A bucket is never fuller than full: a clock that was set back must not block anyone for longer than `per`.
    let from = empty_at.unwrap_or(now).clamp(now, now.saturating_add(rate.most()));
    let next = from.saturating_add(rate.cost());
    match next.saturating_sub(now).checked_sub(rate.most()) {
        None | Some(0) => Ok(next),
        // The clocks here count milliseconds; rounded down, the wait would end slightly too early.
        Some(over) => Err(Duration::from_millis(over.div_ceil(1000))),
    }
}

/// Returns the bucket with at least one admission in it, as if somebody else had been admitted just now.
pub(super) fn touch(empty_at: Option<u64>, rate: Rate, now: Timestamp) -> u64 {
    empty_at.unwrap_or(0).max(micros(now).saturating_add(rate.cost()))
}

/// Gives one admission back.
pub(super) fn refund(empty_at: u64, rate: Rate) -> u64 {
    empty_at.saturating_sub(rate.cost())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Rate, refund, take};
    use crate::base::clock::Timestamp;
    use std::time::Duration;

    prop_compose! {
        fn rates()(times in 1_u32..200, per in 1_u64..200_000) -> Rate {
            Rate::new(times, Duration::from_millis(per))
        }
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_what_time_allows(
            rate in rates(),
            steps in prop::collection::vec(0_u64..3_000, 1..400),
        ) {
            let (mut bucket, mut now) = (None, Timestamp::from_millis(1_000_000));
            let mut admitted = Vec::new();
            for step in steps {
                now = now + Duration::from_millis(step);
                if let Ok(next) = take(bucket, rate, now) {
                    bucket = Some(next);
                    admitted.push(now.as_millis());
                }
            }
            for (place, from) in admitted.iter().enumerate() {
                for (count, to) in admitted.iter().skip(place).enumerate() {
                    let time = u128::from(to - from);
                    let allowed = u128::from(rate.times) + u128::from(rate.times) * time / rate.per.as_millis();
                    prop_assert!(count as u128 <= allowed, "{count} more in {time} ms of {rate:?}");
                }
            }
        }

        #[test]
        fn requests_are_admitted_exactly_after_the_announced_wait(rate in rates(), start in 0_u64..u64::MAX / 4_000) {
            let now = Timestamp::from_millis(start);
            let mut bucket = None;
            for _ in 0..rate.times {
                bucket = Some(take(bucket, rate, now).expect("the burst"));
            }
            let wait = take(bucket, rate, now).expect_err("the burst is over");
            prop_assert!(take(bucket, rate, now + wait).is_ok());
            let early = wait.saturating_sub(Duration::from_millis(1));
            prop_assert!(early.is_zero() || take(bucket, rate, now + early).is_err());
        }

        #[test]
        fn what_was_given_back_can_be_taken_again(rate in rates()) {
            let now = Timestamp::from_millis(1_000_000);
            let mut bucket = None;
            for _ in 0..rate.times {
                bucket = Some(take(bucket, rate, now).expect("the burst"));
            }
            prop_assert!(take(bucket.map(|full| refund(full, rate)), rate, now).is_ok());
        }

        #[test]
        fn a_clock_that_is_put_back_shuts_nobody_out(rate in rates(), later in 0_u64..u64::MAX / 4_000) {
            let bucket = take(None, rate, Timestamp::from_millis(later)).ok();
            let wait = take(bucket, rate, Timestamp::from_millis(0)).err().unwrap_or_default();
            prop_assert!(wait <= rate.per + Duration::from_millis(1));
        }
    }
}
