use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Cell, LimitError, LimitKey, Limiter, Step, Verdict};
use crate::base::clock::Timestamp;

const SHARDS: usize = 64;
/// The capacity of one shard. With two tables: 131 072 counters in all, below 24 MiB.
const MOST: usize = 1024;

/// A [`Limiter`] in the memory of this process. It forgets at a restart, and each process counts for itself.
///
/// It keeps at most 65 536 counters of failures and as many of rates (24 MiB). When a shard is full, the least useful
/// counters are dropped first: expired ones, then those closest to expiry. A flood of new keys therefore evicts itself,
/// not a counter that is blocking somebody. Keys are keyed hashes, so nobody can target a shard.
pub struct MemoryLimiter {
    buckets: Table,
    tries: Table,
}

struct Table(Vec<Mutex<HashMap<LimitKey, Cell>>>);

impl MemoryLimiter {
    /// Creates a limiter without any counters.
    #[must_use]
    pub fn new() -> Self {
        Self { buckets: Table::new(), tries: Table::new() }
    }

    /// Applies the step synchronously.
    pub(crate) fn step_now(&self, key: &LimitKey, step: Step, now: Timestamp) -> Verdict {
        let table = if step.is_of_bucket() { &self.buckets } else { &self.tries };
        let Some(mut cells) = table.shard(key) else { return Verdict::too_many_at_once() };
        let (cell, verdict) = step.apply(cells.get(key).copied(), now);
        match cell {
            Some(cell) if cell.expires_at() > now => {
                if cells.len() >= MOST && !cells.contains_key(key) {
                    make_room(&mut cells, now);
                }
                cells.insert(*key, cell);
            }
            Some(_) => drop(cells.remove(key)),
            None => {}
        }
        verdict
    }

    /// Returns the number of counters.
    #[cfg(test)]
    fn len(&self) -> usize {
        let counted = |table: &Table| table.0.iter().map(|shard| shard.lock().unwrap().len()).sum::<usize>();
        counted(&self.buckets) + counted(&self.tries)
    }
}

impl Table {
    fn new() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }

    /// Ignores poisoning: every change under the lock is a single assignment, so a panic elsewhere leaves nothing half
    /// done.
    fn shard(&self, key: &LimitKey) -> Option<MutexGuard<'_, HashMap<LimitKey, Cell>>> {
        let shard = self.0.get(usize::from(key.first_byte()) % SHARDS)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Removes expired counters and, if that is not enough, the eighth that expires next, so that eviction is rare instead
/// of a search on each insertion.
fn make_room(cells: &mut HashMap<LimitKey, Cell>, now: Timestamp) {
    cells.retain(|_, cell| cell.expires_at() > now);
    if cells.len() < MOST {
        return;
    }
    let mut ends: Vec<Timestamp> = cells.values().map(|cell| cell.expires_at()).collect();
    let (_, last, _) = ends.select_nth_unstable(MOST / 8);
    let (last, mut room) = (*last, MOST / 8);
    cells.retain(|_, cell| {
        let goes = room > 0 && cell.expires_at() <= last;
        room -= usize::from(goes);
        !goes
    });
}

impl Limiter for MemoryLimiter {
    async fn step(&self, key: &LimitKey, step: Step, now: Timestamp) -> Result<Verdict, LimitError> {
        Ok(self.step_now(key, step, now))
    }
}

impl Default for MemoryLimiter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryLimiter")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::limit::{Limits, Rate};

    fn key(number: u64) -> LimitKey {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&mixed.to_be_bytes());
        bytes[8..].copy_from_slice(&number.to_be_bytes());
        LimitKey::from_bytes(bytes)
    }

    #[test]
    fn login_16_million_keys_exhaust_no_memory_and_release_no_lock() {
        let limiter = MemoryLimiter::new();
        let limits = Limits::default();
        let now = Timestamp::from_secs(1_000_000);
        let (victim, address) = (key(u64::MAX), key(u64::MAX - 1));
        for _ in 0..6 {
            limiter.step_now(&victim, limits.pair_attempt(false), now);
        }
        while matches!(limiter.step_now(&address, Step::take(Rate::per_minute(30)), now), Verdict::Admitted { .. }) {}
        for number in 0..500_000 {
            let (pair, flood) = (key(2 * number), key(2 * number + 1));
            limiter.step_now(&pair, limits.pair_attempt(false), now);
            limiter.step_now(&flood, Step::take(Rate::per_minute(30)), now);
        }
        assert!(limiter.len() <= 2 * SHARDS * MOST, "{}", limiter.len());
        assert!(limiter.len() > SHARDS * MOST, "{}: the keys do not spread", limiter.len());
        let refused = |verdict| matches!(verdict, Verdict::Refused { .. });
        assert!(refused(limiter.step_now(&victim, limits.pair_attempt(false), now)));
        assert!(refused(limiter.step_now(&address, Step::take(Rate::per_minute(30)), now)));
    }

    #[test]
    fn full_shard_drops_expired_entries_then_an_eighth() {
        let limiter = MemoryLimiter::new();
        // All in the first shard.
        let key = |number: usize| {
            let mut bytes = [0; 16];
            bytes[8..].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
            LimitKey::from_bytes(bytes)
        };
        // Expires after `secs`, or after twice as long if it is taken again.
        let take = |number, secs: usize, now| {
            let rate = Rate::new(2, Duration::from_secs(2 * u64::try_from(secs).unwrap()));
            limiter.step_now(&key(number), Step::take(rate), now)
        };
        let kept = |number| limiter.buckets.0[0].lock().unwrap().contains_key(&key(number));
        let start = Timestamp::from_secs(1_000);
        take(0, 2_000, start);
        for number in 1..MOST {
            take(number, 30, start);
        }
        assert_eq!(limiter.len(), MOST);
        let now = start + Duration::from_secs(1_000);
        take(MOST, 2_000, now);
        assert_eq!(limiter.len(), 2, "whatever still counts has stayed");
        // Each of these expires a second after the one before.
        for number in MOST + 1..2 * MOST - 1 {
            take(number, 5_000 + number, now);
        }
        take(2 * MOST - 2, 5_000 + 2 * MOST - 2, now);
        assert_eq!(limiter.len(), MOST, "a counter that is there needs no room");
        take(2 * MOST, 2_000, now);
        assert_eq!(limiter.len(), MOST - MOST / 8 + 1);
        assert!((MOST + MOST / 8..=2 * MOST - 2).all(kept), "those that expire last have stayed");
    }

    #[test]
    fn what_has_expired_makes_room_before_anything_else() {
        let limiter = MemoryLimiter::new();
        let now = Timestamp::from_secs(1_000);
        for number in 0..100_000 {
            limiter.step_now(&key(number), Step::take(Rate::per_minute(1)), now);
        }
        let later = Timestamp::from_secs(2_000);
        for number in 100_000..100_000 + 2 * (SHARDS as u64) {
            limiter.step_now(&key(number), Step::take(Rate::per_minute(1)), later);
        }
        assert!(limiter.len() < SHARDS * MOST);
    }

    #[test]
    fn forgotten_is_gone() {
        let (limiter, now) = (MemoryLimiter::new(), Timestamp::from_secs(1_000));
        limiter.step_now(&key(1), Limits::default().account_attempt(), now);
        assert_eq!(limiter.len(), 1);
        limiter.step_now(&key(1), Step::forget(), now);
        assert_eq!(limiter.len(), 0);
    }
}
