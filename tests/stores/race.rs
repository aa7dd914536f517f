//! Many tasks at once.

use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

const TASKS: usize = 64;

/// Starts 64 tasks, lets them go at the same moment, and answers what each of them got.
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

/// How many of the answers are such.
pub(crate) fn count<T>(answers: &[T], such: impl Fn(&T) -> bool) -> usize {
    answers.iter().filter(|answer| such(answer)).count()
}
