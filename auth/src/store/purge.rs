//! Deletes expired records, one batch at a time.

use std::time::Duration;

use tokio::time::timeout;

use super::{DynRecords, StoreError};
use crate::base::clock::Timestamp;

/// How long one batch may take if other statements block it. A purge that hangs is abandoned; the next one deletes the
/// rest.
const LONGEST: Duration = Duration::from_secs(30);

/// Deletes one batch of expired records, or gives up.
pub(crate) async fn purge(records: &dyn DynRecords, now: Timestamp, most: u64) -> Result<u64, StoreError> {
    let purged = timeout(LONGEST, records.purge_expired(now, most)).await;
    purged.unwrap_or_else(|late| Err(StoreError::unavailable(late)))
}
