//! Clients that hang up in the middle of a request.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

const DEADLINE: Duration = Duration::from_secs(30);
/// How often is looked what goes on before a request.
const LOOKS: usize = 20;
/// How often all points are tried again: how often a request is polled depends on what else the machine does.
const MOST_ROUNDS: usize = 20;

/// Hangs up at every point of a request in turn. `attempt` makes the request on something new, drops it if it is not
/// answered when it has been polled so often ([`hang_up_after`]), checks what must be so then, and returns what became of
/// it.
///
/// # Panics
/// If a request that was hung up never had an effect, for then nothing was tested.
pub async fn at_every_point(attempt: impl AsyncFn(usize) -> HungUp) {
    let mut had_effect = false;
    for _ in 0..MOST_ROUNDS {
        for polls in 0.. {
            match attempt(polls).await {
                HungUp::NotInTime => break,
                HungUp::InTime { has_effect } => had_effect |= has_effect,
            }
        }
        if had_effect {
            return;
        }
    }
    panic!("a request that was hung up never had an effect");
}

/// What became of an attempt to hang up.
#[derive(Clone, Copy, Debug)]
pub enum HungUp {
    /// The request was answered before.
    NotInTime,
    /// It was not, and what it should change may have been changed.
    InTime { has_effect: bool },
}

impl HungUp {
    pub const fn of(is_answered: bool, has_effect: bool) -> Self {
        if is_answered { Self::NotInTime } else { Self::InTime { has_effect } }
    }
}

/// Drops a request that is not answered when it has been polled so often, and waits for what goes on without it. Returns
/// the answer if there was one.
pub async fn hang_up_after<T>(polls: usize, request: impl Future<Output = T>) -> Option<T> {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    // Connections on their way back to the pool have a task each.
    let (mut before, mut looks) = (usize::MAX, tokio::time::interval(Duration::from_millis(1)));
    for _ in 0..LOOKS {
        looks.tick().await;
        before = before.min(tasks());
    }
    let answer = {
        let (mut request, mut polled) = (pin!(request), 0);
        poll_fn(|context| match request.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if polled >= polls => Poll::Ready(None),
            Poll::Pending => {
                polled += 1;
                Poll::Pending
            }
        })
        .await
    };
    eventually("nothing goes on", async || tasks() <= before).await;
    answer
}

/// Waits until something is so that goes on without the request.
///
/// # Panics
/// If it is not so after half a minute.
pub async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    let mut looks = tokio::time::interval(Duration::from_millis(1));
    while !is_so().await {
        assert!(begun.elapsed() < DEADLINE, "{what}: not after {DEADLINE:?}");
        looks.tick().await;
    }
}
