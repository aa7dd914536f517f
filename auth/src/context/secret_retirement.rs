//! When the tokens of the secret ended, because a key pair signs.
//!
//! Every service that verified HS256 tokens has the secret, and could go on signing with it. So tokens of the secret are
//! accepted for a day after the first start with a key pair, which the store remembers: instances without it may go on
//! for as long during a deployment.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::store::{DynRecords, Record, StoreError, Update, update};

/// How long instances of before may go on signing with the secret.
const GOES_ON_FOR: Duration = Duration::from_hours(24);
const KEY: &str = "secret";
/// What it is called in an error.
const WHAT: &str = "the time at which a key pair took over";

#[derive(Clone, Copy, Deserialize, Serialize)]
struct TakenOver {
    /// In milliseconds.
    at: u64,
}

/// Returns from when on tokens of the secret are refused. The first one to ask decides.
pub(crate) async fn time(records: &dyn DynRecords, kind: &str, now: Timestamp) -> Result<Timestamp, AuthError> {
    let noted = |stored: Option<Record>| -> Result<_, AuthError> {
        if let Some(stored) = stored {
            return Ok(Update::Keep(serde_json::from_str(&stored.value).map_err(StoreError::corrupt)?));
        }
        let taken_over = TakenOver { at: now.as_millis() };
        let value = serde_json::to_string(&taken_over).map_err(AuthError::internal)?;
        let record = Record::of_nobody(kind, KEY, value, now);
        Ok(Update::Write(record, taken_over))
    };
    let (TakenOver { at }, _) = update(records, (kind, KEY), None, WHAT, noted).await?;
    Ok(Timestamp::from_millis(at) + GOES_ON_FOR)
}
