//! Locks and atomics of the code whose interleavings are checked: those of the standard library and, under `.ci/models`,
//! those of loom, which tries every order in which threads can run.

#[cfg(all(test, model))]
pub(crate) use loom::sync::{Mutex, MutexGuard, RwLock, RwLockWriteGuard, atomic};
#[cfg(not(all(test, model)))]
pub(crate) use std::collections::hash_map::RandomState;
#[cfg(not(all(test, model)))]
pub(crate) use std::sync::{Mutex, MutexGuard, RwLock, RwLockWriteGuard, atomic};

/// Every run of a model must take the same locks.
#[cfg(all(test, model))]
pub(crate) type RandomState = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;
