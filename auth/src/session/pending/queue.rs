//! What waits to be completed, and whether somebody is at it.

#[cfg(all(test, model))]
mod interleavings;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::PoisonError;

use crate::base::sync::{Mutex, MutexGuard};

/// How many items can wait; beyond it sessions stay until they expire.
const MOST: usize = if cfg!(all(test, model)) { 2 } else { 1024 };

/// The work that is to be done later.
pub(crate) struct Queue<T>(Mutex<Queued<T>>);

struct Queued<T> {
    items: VecDeque<T>,
    /// Whether a task is working on it.
    running: bool,
    /// Whether it was logged that there is too much.
    overflow_logged: bool,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Queued { items: VecDeque::new(), running: false, overflow_logged: false }))
    }

    fn lock(&self) -> MutexGuard<'_, Queued<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an item, unless one `includes` it. Returns whether a task has to be started.
    pub(super) fn push(&self, work: T, includes: impl Fn(&T, &T) -> bool) -> bool {
        let mut waiting = self.lock();
        // Retries of a failing request ask for the same thing each time.
        if !waiting.items.iter().any(|other| includes(other, &work)) {
            if waiting.items.len() < MOST {
                waiting.items.push_back(work);
            } else if !std::mem::replace(&mut waiting.overflow_logged, true) {
                tracing::warn!(target: "auth::session",
                    "the queue of interrupted requests is full: some logouts will not be completed, and their sessions live until they expire");
            }
        }
        // Also if there was no room: nobody else makes some.
        !std::mem::replace(&mut waiting.running, true)
    }

    /// Returns the next item; if there is none, the task ends.
    pub(super) fn next(&self) -> Option<T> {
        let mut waiting = self.lock();
        let next = waiting.items.pop_front();
        if next.is_none() {
            (waiting.running, waiting.overflow_logged) = (false, false);
        }
        next
    }

    /// Takes the first item that `is_meant`.
    pub(super) fn take(&self, is_meant: impl FnMut(&T) -> bool) -> Option<T> {
        let mut waiting = self.lock();
        let place = waiting.items.iter().position(is_meant)?;
        waiting.items.remove(place)
    }

    /// Puts the item behind the others, so that one that keeps failing does not block them. Returns how
    /// many wait.
    pub(super) fn requeue(&self, work: T) -> usize {
        let mut waiting = self.lock();
        waiting.items.push_back(work);
        waiting.items.len()
    }

    /// The task has ended before the work was done, while it was at `current`: the next item starts another one.
    pub(super) fn stopped(&self, current: Option<T>) {
        let mut waiting = self.lock();
        waiting.items.extend(current);
        waiting.running = false;
    }
}
