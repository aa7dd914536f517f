//! What an operator wants to know of a store.

use crate::base::clock::Timestamp;

/// What an operator wants to know of a store: see [`Records::status`](super::Records::status). What a store does not
/// know is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStatus {
    /// The time by the clock of the database, if it has one of its own.
    pub now: Option<Timestamp>,
    /// How many connections there can be at once.
    pub connections: Option<u32>,
    /// How many records have expired, counted up to 100,000.
    pub expired: Option<u64>,
}
