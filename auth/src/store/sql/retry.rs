//! Statements that run again: those that lost against another one, and those that were prepared for a table that has
//! changed since.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use super::Dialect;
use super::error::error_kind;
use super::error_kind::SqlErrorKind;

/// How often a statement is tried that the database aborts in favour of another one (deadlock, serialization failure).
pub(super) const ATTEMPTS: u32 = 12;

/// The longest pause before a retry, in milliseconds.
const MAX_PAUSE: u64 = 64;

/// Returns whether a statement should be retried: it lost against another one, or the table has changed since it was
/// prepared (a migration while we run). Pauses first in the former case.
pub(super) async fn try_again<DB: Dialect>(
    connection: &mut DB::Connection,
    error: &sqlx::Error,
    attempt: &mut u32,
) -> bool {
    *attempt += 1;
    match error_kind::<DB>(error) {
        _ if *attempt >= ATTEMPTS => false,
        Some(SqlErrorKind::Retryable) => {
            tokio::time::sleep(pause(*attempt)).await;
            true
        }
        Some(SqlErrorKind::Stale) => DB::forget(connection).await.is_ok(),
        _ => false,
    }
}

/// Returns a random pause, up to twice as long each time, so that the same statements do not collide again.
pub(super) fn pause(attempt: u32) -> Duration {
    let most = 1_u64.checked_shl(attempt).unwrap_or(MAX_PAUSE).min(MAX_PAUSE) * 1_000;
    // This is not security-sensitive: the hasher's random state will do.
    Duration::from_micros(RandomState::new().hash_one(attempt) % most)
}
