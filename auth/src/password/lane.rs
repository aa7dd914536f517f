//! The lane: a few threads of low priority that do nothing but hash, and a queue that does not grow.
//!
//! Measured with 200 clients logging in: hashing on the runtime's blocking pool makes other routes wait for seconds
//! and takes gigabytes; here they don't notice, and memory is bounded by the number of threads.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;

use super::argon::Scratch;
use super::error::PasswordError;
use super::priority;

/// When to come back after finding the queue full. With the default settings it drains in a few seconds.
const RETRY_AFTER: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce(&mut Scratch) + Send>;

/// Threads that run until the lane is dropped. Each keeps its working memory, allocated at its first job.
pub(super) struct Lane {
    jobs: SyncSender<Job>,
    threads: Vec<JoinHandle<()>>,
    queue: usize,
}

impl Lane {
    /// Starts the threads right away: if the system has none left, start-up is the moment to hear of it.
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
        Ok(Self { jobs, threads, queue })
    }

    /// Has `task` done by one of the threads. If the queue is full it is refused at once, and if the caller goes away
    /// before a thread gets to it, it is not done at all.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Scratch) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let (answer, waiting) = oneshot::channel();
        let job: Job = Box::new(move |scratch| {
            if answer.is_closed() {
                return;
            }
            // A panicking legacy verifier costs its caller an error, and not the lane a thread. Scratch memory has no
            // state that could be left half done.
            let done = catch_unwind(AssertUnwindSafe(|| task(scratch)))
                .unwrap_or(Err(PasswordError::Failed("checking a password panicked")));
            // Nobody waiting any more is no error.
            let _ = answer.send(done);
        });
        match self.jobs.try_send(job) {
            Ok(()) => waiting.await.unwrap_or(Err(PasswordError::Failed("a hashing thread is gone"))),
            Err(TrySendError::Full(_)) => Err(PasswordError::Busy { retry_after: RETRY_AFTER }),
            Err(TrySendError::Disconnected(_)) => Err(PasswordError::Failed("the hashing threads are gone")),
        }
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("threads", &self.threads.len()).field("queue", &self.queue).finish()
    }
}

/// The life of a thread: until the sender is dropped and the queue is empty.
fn work(queue: &Mutex<Receiver<Job>>, mut scratch: Scratch) {
    priority::lower_for_this_thread();
    while let Some(job) = next(queue, &mut scratch) {
        job(&mut scratch);
    }
}

/// The next job. Only threads of the lane take the lock (callers never do), and no job runs under it.
fn next(queue: &Mutex<Receiver<Job>>, scratch: &mut Scratch) -> Option<Job> {
    let at_once = match queue.try_lock() {
        Ok(queue) => queue.try_recv(),
        Err(TryLockError::Poisoned(queue)) => queue.into_inner().try_recv(),
        // Another thread is waiting there for a job, so there is none.
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
