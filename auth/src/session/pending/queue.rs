//! What waits to be completed, and whether somebody is at it.

#[cfg(all(test, model))]
mod model;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::PoisonError;

use crate::sync::{Mutex, MutexGuard};

/// How many items can wait; beyond it sessions stay until they expire.
const MOST: usize = if cfg!(all(test, model)) { 2 } else { 1024 };

/// The work that is to be done later.
pub(crate) struct Queue<T>(Mutex<Waiting<T>>);

struct Waiting<T> {
    rests: VecDeque<T>,
    /// Whether a task is working on it.
    running: bool,
    /// Whether the operator was told that there is too much.
    told: bool,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Waiting { rests: VecDeque::new(), running: false, told: false }))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an item, unless one `includes` it. Returns whether a task has to be started.
    pub(super) fn push(&self, rest: T, includes: impl Fn(&T, &T) -> bool) -> bool {
        let mut waiting = self.lock();
        // Retries of a failing request ask for the same thing each time.
        if !waiting.rests.iter().any(|other| includes(other, &rest)) {
            if waiting.rests.len() < MOST {
                waiting.rests.push_back(rest);
            } else if !std::mem::replace(&mut waiting.told, true) {
                tracing::warn!(target: "auth::session",
                    "too many requests broke off: some sessions and tokens stay until they expire");
            }
        }
        // Also if there was no room: nobody else makes some.
        !std::mem::replace(&mut waiting.running, true)
    }

    /// Returns the next item; if there is none, the task ends.
    pub(super) fn next(&self) -> Option<T> {
        let mut waiting = self.lock();
        let next = waiting.rests.pop_front();
        if next.is_none() {
            (waiting.running, waiting.told) = (false, false);
        }
        next
    }

    /// Takes the first item that `is_meant`.
    pub(super) fn take(&self, is_meant: impl FnMut(&T) -> bool) -> Option<T> {
        let mut waiting = self.lock();
        let place = waiting.rests.iter().position(is_meant)?;
        waiting.rests.remove(place)
    }

    /// Puts the item behind the others, so that one that keeps failing does not block them. Returns how
    /// many wait.
    pub(super) fn again(&self, rest: T) -> usize {
        let mut waiting = self.lock();
        waiting.rests.push_back(rest);
        waiting.rests.len()
    }

    /// The task has ended before the work was done, while it was at `current`: the next item starts another one.
    pub(super) fn stopped(&self, current: Option<T>) {
        let mut waiting = self.lock();
        waiting.rests.extend(current);
        waiting.running = false;
    }
}
