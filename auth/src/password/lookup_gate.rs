//! The gate before the store: how many logins look up an account at the same time.
//!
//! Every login waits for a hashing thread anyway. Without a gate, two hundred concurrent logins would all query the
//! store first, take every connection of the pool, and make other requests wait behind them. With too few permits,
//! hashing threads would idle while a slow store answers. So their number follows the hashing threads: it grows while
//! one of them idles, and shrinks while each has a job and another one waiting.
//!
//! Two lookups at a time per hashing thread keep the threads busy as long as the store answers within 40 ms; with a
//! slower store, threads idle, and the number grows to eight.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::hash_pool::HashPool;

/// The least number of permits per hashing thread. A hash takes about 20 ms, so no thread idles as long as the store
/// takes less than 40 ms for all queries of a login.
const LEAST_PER_THREAD: usize = 2;
/// The greatest number, for stores that are slower.
const MOST_PER_THREAD: usize = 8;

/// The permits of a process.
#[derive(Debug)]
pub(super) struct LookupGate {
    free: Semaphore,
    total: AtomicUsize,
    threads: usize,
}

/// The permission to look up an account. It ends when this is dropped, which must happen before the password is
/// submitted for hashing.
pub(crate) struct LookupPermit<'a> {
    gate: &'a LookupGate,
    pool: &'a HashPool,
    permit: Option<SemaphorePermit<'a>>,
}

impl LookupGate {
    pub(super) fn new(threads: usize) -> Self {
        let total = threads.saturating_mul(LEAST_PER_THREAD);
        Self { free: Semaphore::new(total), total: AtomicUsize::new(total), threads }
    }

    /// Waits for a permit.
    pub(super) async fn acquire<'a>(&'a self, pool: &'a HashPool) -> Option<LookupPermit<'a>> {
        // Never closed.
        let permit = self.free.acquire().await.ok()?;
        Some(LookupPermit { gate: self, pool, permit: Some(permit) })
    }

    /// Returns a permit, or replaces it by none or two, when `pending` jobs are with the hashing threads.
    fn put_back(&self, permit: SemaphorePermit<'_>, pending: usize) {
        let (least, most) = (self.threads * LEAST_PER_THREAD, self.threads * MOST_PER_THREAD);
        let change = |to: fn(usize) -> usize, bound: usize| {
            let within = |total: usize| (total != bound).then(|| to(total));
            self.total.fetch_update(Ordering::AcqRel, Ordering::Acquire, within).is_ok()
        };
        if pending >= self.threads * 2 {
            if change(|total| total - 1, least) {
                permit.forget();
            }
        } else if pending < self.threads && self.free.available_permits() == 0 && change(|total| total + 1, most) {
            self.free.add_permits(1);
        }
    }
}

impl Drop for LookupPermit<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.gate.put_back(permit, self.pool.pending());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST_PER_THREAD, LookupGate, MOST_PER_THREAD};

    const THREADS: usize = 3;

    /// One login that finds `pending` jobs, while `others` look up accounts, too.
    fn login(gate: &LookupGate, pending: usize, others: usize) {
        let _others = gate.free.try_acquire_many(others.try_into().unwrap()).unwrap();
        gate.put_back(gate.free.try_acquire().unwrap(), pending);
    }

    fn free(gate: &LookupGate) -> usize {
        gate.free.available_permits()
    }

    #[test]
    fn lookup_permits_grow_while_hashing_threads_idle() {
        let gate = LookupGate::new(THREADS);
        for expected in THREADS * LEAST_PER_THREAD + 1..=THREADS * MOST_PER_THREAD {
            login(&gate, THREADS - 1, free(&gate) - 1);
            assert_eq!(free(&gate), expected);
        }
        login(&gate, 0, free(&gate) - 1);
        assert_eq!(free(&gate), THREADS * MOST_PER_THREAD, "no more than that");
    }

    #[test]
    fn lookup_permits_shrink_while_jobs_wait() {
        let gate = LookupGate::new(THREADS);
        for _ in 0..4 {
            login(&gate, 0, free(&gate) - 1);
        }
        for expected in (THREADS * LEAST_PER_THREAD..THREADS * LEAST_PER_THREAD + 4).rev() {
            login(&gate, THREADS * 2, 0);
            assert_eq!(free(&gate), expected);
        }
        login(&gate, 100, 0);
        assert_eq!(free(&gate), THREADS * LEAST_PER_THREAD, "no less than that");
    }

    #[test]
    fn lookup_permits_stay_under_moderate_load() {
        let gate = LookupGate::new(THREADS);
        login(&gate, 0, 1); // some were free
        login(&gate, THREADS, free(&gate) - 1); // every thread has work
        login(&gate, THREADS * 2 - 1, free(&gate) - 1); // but one has nothing to do next
        assert_eq!(free(&gate), THREADS * LEAST_PER_THREAD);
    }
}
