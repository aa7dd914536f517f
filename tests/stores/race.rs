//! Many concurrent tasks.

use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

const TASKS: usize = 64;

/// Starts 64 tasks, releases them at the same moment, and returns their results.
pub(crate) async fn race<T, F>(contender: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(TASKS));
    let mut tasks = JoinSet::new();
    for n in 0..TASKS {
        let (start, contender) = (Arc::clone(&start), contender(n));
        tasks.spawn(async move {
            start.wait().await;
            contender.await
        });
    }
    tasks.join_all().await
}

/// The number of answers for which `such` holds.
pub(crate) fn count<T>(answers: &[T], such: impl Fn(&T) -> bool) -> usize {
    answers.iter().filter(|answer| such(answer)).count()
}
