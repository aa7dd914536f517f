use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Counter, CounterOp, Decision, LimitError, LimitKey, Limiter};
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
    failures: Table,
}

struct Table(Vec<Mutex<HashMap<LimitKey, Counter>>>);

impl MemoryLimiter {
    /// Creates a limiter without any counters.
    #[must_use]
    pub fn new() -> Self {
        Self { buckets: Table::new(), failures: Table::new() }
    }

    /// Applies the operation synchronously.
    pub(crate) fn apply_now(&self, key: &LimitKey, op: CounterOp, now: Timestamp) -> Decision {
        let table = if op.is_of_rate() { &self.buckets } else { &self.failures };
        let Some(mut counters) = table.shard(key) else { return Decision::too_many_at_once() };
        let (counter, decision) = op.apply(counters.get(key).copied(), now);
        match counter {
            Some(counter) if counter.expires_at() > now => {
                if counters.len() >= MOST && !counters.contains_key(key) {
                    make_room(&mut counters, now);
                }
                counters.insert(*key, counter);
            }
            Some(_) => drop(counters.remove(key)),
            None => {}
        }
        decision
    }

    /// Returns the number of counters.
    #[cfg(test)]
    fn len(&self) -> usize {
        let counted = |table: &Table| table.0.iter().map(|shard| shard.lock().unwrap().len()).sum::<usize>();
        counted(&self.buckets) + counted(&self.failures)
    }
}

impl Table {
    fn new() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }

    /// Ignores poisoning: every change under the lock is a single assignment, so a panic elsewhere leaves nothing half
    /// done.
    fn shard(&self, key: &LimitKey) -> Option<MutexGuard<'_, HashMap<LimitKey, Counter>>> {
        let shard = self.0.get(usize::from(key.first_byte()) % SHARDS)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Removes expired counters and, if that is not enough, the eighth that expires next, so that eviction is rare instead
/// of a search on each insertion.
fn make_room(counters: &mut HashMap<LimitKey, Counter>, now: Timestamp) {
    counters.retain(|_, counter| counter.expires_at() > now);
    if counters.len() < MOST {
        return;
    }
    let mut ends: Vec<Timestamp> = counters.values().map(|counter| counter.expires_at()).collect();
    let (_, last, _) = ends.select_nth_unstable(MOST / 8);
    let (last, mut room) = (*last, MOST / 8);
    counters.retain(|_, counter| {
        let goes = room > 0 && counter.expires_at() <= last;
        room -= usize::from(goes);
        !goes
    });
}

impl Limiter for MemoryLimiter {
    async fn apply(&self, key: &LimitKey, op: CounterOp, now: Timestamp) -> Result<Decision, LimitError> {
        Ok(self.apply_now(key, op, now))
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
            limiter.apply_now(&victim, limits.client_attempt(false), now);
        }
        while matches!(
            limiter.apply_now(&address, CounterOp::take(Rate::per_minute(30)), now),
            Decision::Admitted { .. }
        ) {}
        for number in 0..500_000 {
            let (client, flood) = (key(2 * number), key(2 * number + 1));
            limiter.apply_now(&client, limits.client_attempt(false), now);
            limiter.apply_now(&flood, CounterOp::take(Rate::per_minute(30)), now);
        }
        assert!(limiter.len() <= 2 * SHARDS * MOST, "{}", limiter.len());
        assert!(limiter.len() > SHARDS * MOST, "{}: the keys do not spread", limiter.len());
        let refused = |decision| matches!(decision, Decision::Refused { .. });
        assert!(refused(limiter.apply_now(&victim, limits.client_attempt(false), now)));
        assert!(refused(limiter.apply_now(&address, CounterOp::take(Rate::per_minute(30)), now)));
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
            limiter.apply_now(&key(number), CounterOp::take(rate), now)
        };
        let stays = |number| limiter.buckets.0[0].lock().unwrap().contains_key(&key(number));
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
        assert!((MOST + MOST / 8..=2 * MOST - 2).all(stays), "those that expire last have stayed");
    }

    #[test]
    fn what_has_expired_makes_room_before_anything_else() {
        let limiter = MemoryLimiter::new();
        let now = Timestamp::from_secs(1_000);
        for number in 0..100_000 {
            limiter.apply_now(&key(number), CounterOp::take(Rate::per_minute(1)), now);
        }
        let later = Timestamp::from_secs(2_000);
        for number in 100_000..100_000 + 2 * (SHARDS as u64) {
            limiter.apply_now(&key(number), CounterOp::take(Rate::per_minute(1)), later);
        }
        assert!(limiter.len() < SHARDS * MOST);
    }

    #[test]
    fn forgotten_is_gone() {
        let (limiter, now) = (MemoryLimiter::new(), Timestamp::from_secs(1_000));
        limiter.apply_now(&key(1), Limits::default().account_attempt(), now);
        assert_eq!(limiter.len(), 1);
        limiter.apply_now(&key(1), CounterOp::forget(), now);
        assert_eq!(limiter.len(), 0);
    }
}
