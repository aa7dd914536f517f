//! How long a compare-and-set is worth repeating.

/// How often a compare-and-set is retried before the store counts as too busy. Each failure means that somebody else
/// succeeded, so this takes as many rivals within a few milliseconds.
pub(crate) const TRIES: usize = 64;
