//! What waits in the outbox, for people who want to know whether mail leaves.

use std::time::Duration;

use super::queued::Queued;
use crate::base::clock::Timestamp;
use crate::context::Kinds;
use crate::store::{DynRecords, StoreError};

/// How many waiting mails are looked at.
const MOST: u64 = 1_000;

/// Mail that has not left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// How many mails wait, counted up to a thousand.
    pub(crate) mails: usize,
    /// How many of them a mailer has not taken so far.
    pub(crate) failing: usize,
    /// How long the first one has been due. A process with a mailer would have sent it within seconds, or put it off.
    pub(crate) overdue: Duration,
}

impl Waiting {
    pub(crate) async fn read(records: &dyn DynRecords, kinds: &Kinds, now: Timestamp) -> Result<Self, StoreError> {
        let waiting = records.changed_since(&kinds.outbox, Timestamp::default(), None, MOST).await?;
        let failed = |value: &str| serde_json::from_str::<Queued>(value).is_ok_and(|queued| queued.failures > 0);
        Ok(Self {
            mails: waiting.len(),
            failing: waiting.iter().filter(|record| failed(&record.value)).count(),
            overdue: waiting.first().map_or(Duration::ZERO, |record| now.since(record.changed_at)),
        })
    }
}
