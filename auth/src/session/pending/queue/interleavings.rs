use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use super::{MOST, Queue};

fn same(one: &u8, other: &u8) -> bool {
    one == other
}

/// As the task does; `breaks_off` at the first item.
fn work(queue: &Queue<u8>, done: &AtomicUsize, breaks_off: bool) {
    while let Some(item) = queue.next() {
        if breaks_off {
            return queue.stopped(Some(item));
        }
        done.fetch_or(1 << item, Ordering::AcqRel);
    }
}

fn push(queue: &Queue<u8>, done: &AtomicUsize, item: u8) {
    if queue.push(item, same) {
        work(queue, done, false);
    }
}

#[test]
fn model_nothing_that_was_pushed_waits_for_nobody() {
    loom::model(|| {
        let (queue, done) = (Arc::new(Queue::new()), Arc::new(AtomicUsize::new(0)));
        let threads = [1, 2].map(|item| {
            let (queue, done) = (Arc::clone(&queue), Arc::clone(&done));
            thread::spawn(move || push(&queue, &done, item))
        });
        push(&queue, &done, 0);
        assert!(threads.into_iter().all(|thread| thread.join().is_ok()));
        let waiting = queue.lock();
        assert!(waiting.items.is_empty() && !waiting.running, "{} wait", waiting.items.len());
        // Two can wait; a third may have been dropped.
        assert!(done.load(Ordering::Acquire).count_ones() >= 2);
    });
}

#[test]
fn model_interrupted_task_is_followed_by_another() {
    loom::model(|| {
        let (queue, done) = (Arc::new(Queue::new()), Arc::new(AtomicUsize::new(0)));
        let first = {
            let (queue, done) = (Arc::clone(&queue), Arc::clone(&done));
            thread::spawn(move || {
                if queue.push(0, same) {
                    work(&queue, &done, true);
                }
            })
        };
        push(&queue, &done, 1);
        push(&queue, &done, 2);
        assert!(first.join().is_ok());
        // Whatever still waits is taken by whoever comes next.
        push(&queue, &done, 3);
        let waiting = queue.lock();
        assert!(waiting.items.is_empty(), "{} wait", waiting.items.len());
        // Two can wait beside the one that somebody is at.
        assert!(done.load(Ordering::Acquire).count_ones() as usize >= MOST);
    });
}
