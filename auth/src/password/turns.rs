//! Turns at the store: how many logins look up an account at the same time.
//!
//! Every login waits for a hashing thread anyway. Without turns, two hundred concurrent logins would all query the store
//! first, take every connection of the pool, and make other requests wait behind them. With too few, hashing threads
//! would idle while a slow store answers. So their number follows the hashing threads: it grows while one of them idles,
//! and shrinks while each has a job and another one waiting.
//!
//! Two lookups at a time per hashing thread keep the threads busy as long as the store answers within 40 ms; with a
//! slower store, threads idle, and the number grows to eight.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::lane::Lane;

/// The least number of turns per hashing thread. A hash takes about 20 ms, so no thread idles as long as the store takes
/// less than 40 ms for all queries of a login.
const LEAST_PER_THREAD: usize = 2;
/// The greatest number, for stores that are slower.
const MOST_PER_THREAD: usize = 8;

/// The turns of a process.
#[derive(Debug)]
pub(super) struct Turns {
    free: Semaphore,
    total: AtomicUsize,
    threads: usize,
}

/// The permission to look up an account. It ends when this is dropped, which must happen before the password is
/// submitted for hashing.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    lane: &'a Lane,
    permit: Option<SemaphorePermit<'a>>,
}

impl Turns {
    pub(super) fn new(threads: usize) -> Self {
        let total = threads.saturating_mul(LEAST_PER_THREAD);
        Self { free: Semaphore::new(total), total: AtomicUsize::new(total), threads }
    }

    /// Waits for a turn.
    pub(super) async fn take<'a>(&'a self, lane: &'a Lane) -> Option<Turn<'a>> {
        // Never closed.
        let permit = self.free.acquire().await.ok()?;
        Some(Turn { turns: self, lane, permit: Some(permit) })
    }

    /// Returns a permit, or replaces it by none or two, when `pending` jobs are with the hashing threads.
    fn give_back(&self, permit: SemaphorePermit<'_>, pending: usize) {
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

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.turns.give_back(permit, self.lane.pending());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST_PER_THREAD, MOST_PER_THREAD, Turns};

    const THREADS: usize = 3;

    /// One login that finds `pending` jobs, while `others` look up accounts, too.
    fn login(turns: &Turns, pending: usize, others: usize) {
        let _others = turns.free.try_acquire_many(others.try_into().unwrap()).unwrap();
        turns.give_back(turns.free.try_acquire().unwrap(), pending);
    }

    fn free(turns: &Turns) -> usize {
        turns.free.available_permits()
    }

    #[test]
    fn lookup_slots_grow_while_hashing_threads_idle() {
        let turns = Turns::new(THREADS);
        for expected in THREADS * LEAST_PER_THREAD + 1..=THREADS * MOST_PER_THREAD {
            login(&turns, THREADS - 1, free(&turns) - 1);
            assert_eq!(free(&turns), expected);
        }
        login(&turns, 0, free(&turns) - 1);
        assert_eq!(free(&turns), THREADS * MOST_PER_THREAD, "no more than that");
    }

    #[test]
    fn lookup_slots_shrink_while_jobs_wait() {
        let turns = Turns::new(THREADS);
        for _ in 0..4 {
            login(&turns, 0, free(&turns) - 1);
        }
        for expected in (THREADS * LEAST_PER_THREAD..THREADS * LEAST_PER_THREAD + 4).rev() {
            login(&turns, THREADS * 2, 0);
            assert_eq!(free(&turns), expected);
        }
        login(&turns, 100, 0);
        assert_eq!(free(&turns), THREADS * LEAST_PER_THREAD, "no less than that");
    }

    #[test]
    fn lookup_slots_stay_under_moderate_load() {
        let turns = Turns::new(THREADS);
        login(&turns, 0, 1); // some were free
        login(&turns, THREADS, free(&turns) - 1); // every thread has work
        login(&turns, THREADS * 2 - 1, free(&turns) - 1); // but one has nothing to do next
        assert_eq!(free(&turns), THREADS * LEAST_PER_THREAD);
    }
}
