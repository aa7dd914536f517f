#![cfg(not(model))]

use super::{MOST, Queue};

#[test]
fn full_queue_restarts_a_missing_task() {
    let queue = Queue::new();
    assert!(queue.push(0, |_, _| false));
    for number in 1..MOST {
        assert!(!queue.push(number, |_, _| false), "a task runs");
    }
    assert!(!queue.push(MOST, |_, _| false), "it is full, and the task runs");
    queue.stopped(None);
    assert!(queue.push(MOST, |_, _| false), "nobody would ever make room");
    assert_eq!(std::iter::from_fn(|| queue.next()).count(), MOST, "and it grows no further");
}
