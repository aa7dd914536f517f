//! When keys are due. Pure: all times come from outside.

use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::keys::{MAX_AGE, ManagedKeys};

/// The times of managed keys.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    lead: Duration,
    rotate_every: Duration,
    former_for: Duration,
    leeway: Duration,
}

impl Schedule {
    /// Tokens live for `access_ttl`, and clocks are off by up to `leeway`.
    pub(super) fn new(keys: &ManagedKeys, access_ttl: Duration, leeway: Duration) -> Self {
        Self { lead: keys.lead, rotate_every: keys.rotate_every, former_for: access_ttl + 2 * leeway + MAX_AGE, leeway }
    }

    /// When a key signs that is published now.
    pub(super) fn signs_from(&self, now: Timestamp) -> Timestamp {
        now + self.lead
    }

    /// Whether a key signs by now, or could have been published by now by a clock that is right. One that signs later was made
    /// by an instance whose clock is ahead (or that waits for longer): others must not wait for it.
    pub(super) fn is_in_time(&self, signs_from: Timestamp, now: Timestamp) -> bool {
        signs_from <= now + self.lead + self.leeway
    }

    /// Whether the next key has to be published, so that it can take over in time from the newest one.
    pub(super) fn is_due(&self, newest_signs_from: Timestamp, now: Timestamp) -> bool {
        now + self.lead >= newest_signs_from + self.rotate_every
    }

    /// Whether nobody has a token any more that was signed before the next key took over.
    pub(super) fn is_gone(&self, next_signs_from: Timestamp, now: Timestamp) -> bool {
        next_signs_from + self.former_for <= now
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Schedule;
    use crate::base::clock::Timestamp;
    use crate::keys::ManagedKeys;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn the_next_key_is_due_one_lead_before() {
        let keys = ManagedKeys::es256().lead(HOUR).rotate_every(10 * HOUR);
        let schedule = Schedule::new(&keys, Duration::from_mins(15), Duration::from_secs(5));
        let (first, second) = (Timestamp::from_secs(1_000_000), Duration::from_secs(1));
        let due = first + 9 * HOUR;
        assert!(!schedule.is_due(first, due.minus(second)) && schedule.is_due(first, due));
        assert_eq!(schedule.signs_from(due), first + 10 * HOUR);
        let leeway = Duration::from_secs(5);
        assert!(schedule.is_in_time(due + HOUR + leeway, due) && !schedule.is_in_time(due + HOUR + 2 * leeway, due));
        let gone = first + Duration::from_secs(15 * 60 + 10 + 300);
        assert!(!schedule.is_gone(first, gone.minus(second)) && schedule.is_gone(first, gone));
    }
}
