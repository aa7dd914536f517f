//! Hashing threads: a few low-priority threads that only hash, and a bounded queue.
//!
//! Measured with 200 clients logging in: hashing on the runtime's blocking pool makes other routes wait for seconds and
//! takes gigabytes; with threads of their own, other routes are unaffected and memory is bounded by the number of
//! threads.
//!
//! One thread per core, at the lowest priority, each with 19 MiB of memory. The queue answers 503 when it is full.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;

use super::argon::Scratch;
use super::error::PasswordError;
use super::thread_priority;

/// When to retry after the queue was full. With the default settings it drains in a few seconds.
const RETRY_AFTER: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce(&mut Scratch) + Send>;

/// Threads that run until the pool is dropped. Each keeps its working memory, allocated at its first job.
pub(super) struct HashPool {
    jobs: SyncSender<Job>,
    threads: Vec<JoinHandle<()>>,
    queue: usize,
    /// How many jobs are waiting or running.
    pending: Arc<AtomicUsize>,
}

/// Counts a job for as long as it waits or runs.
struct Pending(Arc<AtomicUsize>);

impl Pending {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(count))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl HashPool {
    /// Starts the threads right away: if the system has none left, start-up is the time to find out.
    pub(super) fn start(threads: usize, queue: usize, keep_kib: u32) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(queue);
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = (0..threads)
            .map(|number| {
                let waiting = Arc::clone(&waiting);
                // Linux shows 15 characters.
                let name = format!("auth-hash-{number}");
                thread::Builder::new().name(name).spawn(move || work(&waiting, Scratch::new(keep_kib)))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { jobs, threads, queue, pending: Arc::default() })
    }

    /// Returns how many jobs are waiting or running.
    pub(super) fn pending(&self) -> usize {
        self.pending.load(Ordering::Acquire)
    }

    /// Runs `task` on one of the threads. If the queue is full, the task is refused at once; if the caller goes away
    /// before a thread gets to it, it is not run at all.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Scratch) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let (answer, waiting) = oneshot::channel();
        let pending = Pending::new(&self.pending);
        let job: Job = Box::new(move |scratch| {
            let _pending = pending;
            if answer.is_closed() {
                return;
            }
            // A panicking legacy verifier causes an error for its caller but does not kill the thread. Scratch memory
            // has no state that could be left half done.
            let done = catch_unwind(AssertUnwindSafe(|| task(scratch)))
                .unwrap_or(Err(PasswordError::Failed("verifying a password panicked")));
            // It is not an error if nobody is waiting any more.
            let _ = answer.send(done);
        });
        match self.jobs.try_send(job) {
            Ok(()) => waiting.await.unwrap_or(Err(PasswordError::Failed("a password hashing thread has stopped"))),
            Err(TrySendError::Full(_)) => Err(PasswordError::Busy { retry_after: RETRY_AFTER }),
            Err(TrySendError::Disconnected(_)) => {
                Err(PasswordError::Failed("the password hashing threads have stopped"))
            }
        }
    }
}

impl fmt::Debug for HashPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashPool")
            .field("threads", &self.threads.len())
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// Runs jobs until the sender is dropped and the queue is empty.
fn work(queue: &Mutex<Receiver<Job>>, mut scratch: Scratch) {
    thread_priority::lower_for_this_thread();
    while let Some(job) = next(queue, &mut scratch) {
        job(&mut scratch);
    }
}

/// Returns the next job. Only threads of the pool take the lock (callers never do), and no job runs under it.
fn next(queue: &Mutex<Receiver<Job>>, scratch: &mut Scratch) -> Option<Job> {
    let at_once = match queue.try_lock() {
        Ok(queue) => queue.try_recv(),
        Err(TryLockError::Poisoned(queue)) => queue.into_inner().try_recv(),
        // Another thread holds the lock because it is waiting for a job, so there is none.
        Err(TryLockError::WouldBlock) => Err(TryRecvError::Empty),
    };
    match at_once {
        Ok(job) => Some(job),
        Err(TryRecvError::Disconnected) => None,
        Err(TryRecvError::Empty) => {
            scratch.wipe();
            queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::atomic::AtomicU32;
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn wait<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Returns a job that signals when it has begun and ends when told to.
    fn gate() -> (impl FnOnce(&mut Scratch) -> Result<(), PasswordError> + Send, Receiver<()>, SyncSender<()>) {
        let (begun, has_begun) = mpsc::sync_channel(1);
        let (open, opened) = mpsc::sync_channel(1);
        let job = move |_: &mut Scratch| {
            begun.send(()).unwrap();
            opened.recv().unwrap();
            Ok(())
        };
        (job, has_begun, open)
    }

    #[test]
    fn pwd_14_a_full_queue_answers_busy_at_once_and_recovers() {
        let pool = HashPool::start(1, 1, 64).unwrap();
        let (job, begun, open) = gate();
        let mut running = pin!(pool.run(job));
        assert!(poll(running.as_mut()).is_pending());
        begun.recv().unwrap();
        let mut queued = pin!(pool.run(|_| Ok(2)));
        assert!(poll(queued.as_mut()).is_pending());
        let Poll::Ready(Err(PasswordError::Busy { retry_after })) = poll(pin!(pool.run(|_| Ok(3))).as_mut()) else {
            panic!("the queue grew");
        };
        assert!(retry_after >= Duration::from_secs(1));
        open.send(()).unwrap();
        wait(running).unwrap();
        assert_eq!(wait(queued).unwrap(), 2);
        assert_eq!(wait(pool.run(|_| Ok(4))).unwrap(), 4);
    }

    #[test]
    fn a_job_whose_caller_went_away_is_not_done() {
        let pool = HashPool::start(1, 8, 64).unwrap();
        let (job, begun, open) = gate();
        let mut running = pin!(pool.run(job));
        assert!(poll(running.as_mut()).is_pending());
        begun.recv().unwrap();
        let done = Arc::new(AtomicU32::new(0));
        let count = || {
            let done = Arc::clone(&done);
            move |_: &mut Scratch| Ok(done.fetch_add(1, Ordering::SeqCst))
        };
        {
            let mut abandoned = Box::pin(pool.run(count()));
            assert!(poll(abandoned.as_mut()).is_pending());
        }
        let mut last = pin!(pool.run(count()));
        assert!(poll(last.as_mut()).is_pending());
        open.send(()).unwrap();
        assert_eq!(wait(last).unwrap(), 0);
        wait(running).unwrap();
    }

    #[test]
    fn panic_while_hashing_is_an_error_and_thread_survives() {
        let pool = HashPool::start(1, 8, 64).unwrap();
        for _ in 0..3 {
            let failed = wait(pool.run::<()>(|_| panic!("expected in this test")));
            assert!(matches!(failed, Err(PasswordError::Failed(_))));
        }
        assert_eq!(wait(pool.run(|_| Ok(7))).unwrap(), 7);
    }

    #[test]
    fn hashing_threads_are_named_and_end_on_drop() {
        let mut pool = HashPool::start(3, 8, 64).unwrap();
        let name = wait(pool.run(|_| Ok(thread::current().name().map(str::to_owned)))).unwrap().unwrap();
        assert!(name.starts_with("auth-hash-"), "{name}");
        assert_eq!(format!("{pool:?}"), "HashPool { threads: 3, queue: 8, .. }");
        let threads = std::mem::take(&mut pool.threads);
        drop(pool);
        for thread in threads {
            thread.join().unwrap();
        }
    }

    #[test]
    fn concurrent_callers_each_get_their_own_hash_result() {
        let pool = Arc::new(HashPool::start(2, 1_000, 64).unwrap());
        wait(async {
            let mut calls = tokio::task::JoinSet::new();
            for number in 0..1_000 {
                let pool = Arc::clone(&pool);
                calls.spawn(async move { (number, pool.run(move |_| Ok(number)).await.unwrap()) });
            }
            let answers = calls.join_all().await;
            assert_eq!(answers.len(), 1_000);
            assert!(answers.iter().all(|(asked, answered)| asked == answered));
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_hashing_threads_have_the_lowest_priority() {
        let of_this_thread = || rustix::process::getpriority_process(None).unwrap();
        let before = of_this_thread();
        let pool = HashPool::start(1, 8, 64).unwrap();
        assert_eq!(wait(pool.run(move |_| Ok(of_this_thread()))).unwrap(), 19);
        assert_eq!(of_this_thread(), before);
    }
}
