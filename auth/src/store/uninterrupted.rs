//! Changes that run to their end, whoever waits for them.
//!
//! The server drops the future of a request whose client hangs up, at whatever it waits for. Between the write of a change
//! and what tells its user of it, that would be a way to change something without a word. So such work is a task of its own,
//! for which the request only waits. The task has the span and the subscriber of the request, and spends its budget; it does
//! not have task-locals of the application.

use std::panic::resume_unwind;
use std::pin::Pin;

use tokio::runtime::Handle;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use super::StoreError;
use super::budget::{Budget, left_of_request, set_left_of_request};

/// Runs `work` to its end, also if whoever waits for it goes away.
///
/// # Errors
/// [`StoreError`] if the runtime shuts down meanwhile.
pub(crate) fn uninterrupted<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = Result<T, StoreError>> + Send {
    // On the heap at once: the future of whoever waits is no larger for it.
    spawned(Box::pin(work))
}

async fn spawned<T: Send + 'static>(work: Pin<Box<dyn Future<Output = T> + Send>>) -> Result<T, StoreError> {
    let Ok(runtime) = Handle::try_current() else { return Ok(work.await) };
    let budget = left_of_request().map(Budget::new);
    let work = async move {
        match budget {
            Some(budget) => (budget.spend(work).await, Some(budget.left())),
            None => (work.await, None),
        }
    };
    match runtime.spawn(work.in_current_span().with_current_subscriber()).await {
        Ok((output, left)) => {
            left.into_iter().for_each(set_left_of_request);
            Ok(output)
        }
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        Err(stopped) => Err(StoreError::unavailable(stopped)),
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::sleep;

    use super::*;
    use crate::store::bounded;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn work_goes_on_when_nobody_waits() {
        let ((begin, begun), (tell, told)) = (oneshot::channel::<()>(), oneshot::channel());
        {
            let mut work = pin!(uninterrupted(async move {
                begun.await.unwrap();
                tell.send("done").unwrap();
            }));
            assert!(poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await.is_pending());
        }
        begin.send(()).unwrap();
        assert_eq!(told.await, Ok("done"));
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_it_takes_comes_off_the_request() {
        let budget = Budget::new(3 * SECOND);
        let two_seconds = async || {
            sleep(2 * SECOND).await;
            Ok(())
        };
        let slow = move || bounded(10 * SECOND, two_seconds());
        let both = async {
            uninterrupted(slow()).await.unwrap().unwrap();
            uninterrupted(slow()).await.unwrap()
        };
        assert!(budget.spend(both).await.is_err(), "four seconds of three");
    }

    #[tokio::test]
    #[should_panic(expected = "a hook panics")]
    async fn a_panic_is_that_of_the_request() {
        let _ = uninterrupted(async { panic!("a hook panics") }).await;
    }

    #[test]
    fn without_a_runtime_it_is_awaited() {
        let mut work = pin!(uninterrupted(async { 7 }));
        let polled = work.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Ok(7))));
    }
}
