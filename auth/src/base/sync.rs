//! Locks and atomics of the code whose interleavings are checked: those of the standard library and, under `.ci/models`,
//! those of loom, which tries every order in which threads can run.
//!
//! Models instead of luck: a lost wake-up or a look into two places at the wrong moment is found by the first run. The
//! flag reaches our own crates alone, so everything else is the build of the tests. The models are in `interleavings.rs` beside
//! the code.

#[cfg(all(test, model))]
pub(crate) use loom::sync::{Mutex, MutexGuard, RwLock, RwLockWriteGuard, atomic};
#[cfg(not(all(test, model)))]
pub(crate) use std::collections::hash_map::RandomState;
#[cfg(not(all(test, model)))]
pub(crate) use std::sync::{Mutex, MutexGuard, RwLock, RwLockWriteGuard, atomic};

/// Every run of a model must take the same locks.
#[cfg(all(test, model))]
pub(crate) type RandomState = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;
