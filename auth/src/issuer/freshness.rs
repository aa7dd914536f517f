//! How long a set of keys is used (RFC 9111 §5.2.2.1, within bounds), and when a new one is fetched.

use std::time::Duration;

use super::fetch::FetchResponse;
use crate::base::clock::Timestamp;
use crate::base::random::{OsRandom, random};

/// Without `max-age`.
const USUAL: Duration = Duration::from_mins(10);
/// An issuer that says less would be asked all the time.
const SHORTEST: Duration = Duration::from_mins(5);
/// An issuer that says more could not take a key back.
const LONGEST: Duration = Duration::from_hours(24);
/// How long the last set goes on to serve while the issuer does not answer.
const STALE: Duration = Duration::from_hours(24);

/// The times of one set of keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freshness {
    /// When it was fetched.
    since: Timestamp,
    /// From when on a new one is fetched while this one is used: at 80 % of its life, more or less, so that instances that
    /// were started together do not ask together.
    old: Timestamp,
    /// From when on requests wait for a new one.
    stale: Timestamp,
    /// From when on it is not used any more.
    dead: Timestamp,
}

/// What is to be done before a set is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// Nothing.
    Fresh,
    /// Fetch another one meanwhile.
    Old,
    /// Wait for another one; use this one if there is none.
    Stale,
    /// It must not be used.
    Dead,
}

impl Freshness {
    /// Returns the times of a set that was fetched `now` and lives for `ttl`.
    pub(super) fn of(ttl: Duration, now: Timestamp) -> Self {
        // 0 … 255 to 72 … 88 %. Without randomness, instances ask together.
        let [jitter] = random::<1>(&OsRandom).unwrap_or([127]);
        let percent = 72 + u32::from(jitter) * 16 / 255;
        let stale = now + ttl;
        Self { since: now, old: now + ttl * percent / 100, stale, dead: stale + STALE }
    }

    /// Returns the times of keys that never change.
    pub(super) const fn forever() -> Self {
        let never = Timestamp::from_millis(u64::MAX);
        Self { since: Timestamp::from_millis(0), old: never, stale: never, dead: never }
    }

    pub(super) fn age(&self, now: Timestamp) -> Age {
        match now {
            // The clock was ahead then, and is right now: nobody knows how old it is.
            now if now < self.since => Age::Old,
            now if now < self.old => Age::Fresh,
            now if now < self.stale => Age::Old,
            now if now < self.dead => Age::Stale,
            _ => Age::Dead,
        }
    }
}

/// Returns how long the keys in a response live.
pub(super) fn ttl(response: &FetchResponse) -> Duration {
    let directives = response.values("cache-control").flat_map(|value| value.split(','));
    let mut lives = directives.filter_map(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let name = name.trim();
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return Some(0);
        }
        // A number that is too large is a long time.
        let digits = value.trim().trim_matches('"');
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        (name.eq_ignore_ascii_case("max-age") && is_number).then(|| digits.parse().unwrap_or(u64::MAX))
    });
    let first = lives.next();
    match lives.fold(first, |shortest, life| shortest.min(Some(life))) {
        Some(secs) => Duration::from_secs(secs).clamp(SHORTEST, LONGEST),
        None => USUAL,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Age, FetchResponse, Freshness, LONGEST, SHORTEST, STALE, USUAL, ttl};
    use crate::base::clock::Timestamp;

    #[test]
    fn max_age_counts_within_bounds() {
        let of = |value: &str| ttl(&FetchResponse::new(200, "").header("Cache-Control", value));
        for (value, expected) in [
            ("max-age=3600", Duration::from_hours(1)),
            ("public, MAX-AGE=3600, stale-while-revalidate=60", Duration::from_hours(1)),
            ("max-age=\"3600\"", Duration::from_hours(1)),
            ("max-age=7200, max-age=3600", Duration::from_hours(1)),
            ("max-age=0", SHORTEST),
            ("no-store", SHORTEST),
            ("max-age=3600, no-cache", SHORTEST),
            ("max-age=86401", LONGEST),
            ("max-age=99999999999999999999999999", LONGEST),
            ("max-age=-1", USUAL),
            ("max-age", USUAL),
            ("max-age=1h", USUAL),
            ("public", USUAL),
            ("", USUAL),
        ] {
            assert_eq!(of(value), expected, "{value}");
        }
        assert_eq!(ttl(&FetchResponse::new(200, "")), USUAL);
        let two = FetchResponse::new(200, "").header("cache-control", "public").header("cache-control", "max-age=900");
        assert_eq!(ttl(&two), Duration::from_mins(15));
    }

    #[test]
    fn keys_are_renewed_at_four_fifths_of_their_life() {
        let start = Timestamp::from_secs(1_800_000_000);
        let at = |percent: u32| start + USUAL * percent / 100;
        let mut renewed = std::collections::BTreeSet::new();
        for _ in 0..2_000 {
            let times = Freshness::of(USUAL, start);
            assert_eq!(times.age(at(71)), Age::Fresh);
            assert_eq!(times.age(at(88)), Age::Old);
            assert_eq!(times.age(at(100)), Age::Stale);
            assert_eq!(times.age((at(100) + STALE).minus(Duration::from_millis(1))), Age::Stale);
            assert_eq!(times.age(at(100) + STALE), Age::Dead);
            renewed.insert((72..=88).find(|percent| times.age(at(*percent)) == Age::Old));
        }
        assert!(renewed.len() > 8, "{renewed:?}");
        let ahead = Freshness::of(USUAL, start + Duration::from_hours(2));
        assert_eq!(ahead.age(start), Age::Old, "the clock was set back");
        assert_eq!(Freshness::forever().age(Timestamp::from_secs(u64::MAX / 2000)), Age::Fresh);
    }
}
