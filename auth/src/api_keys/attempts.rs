//! How often the last use of a key is written.

use std::time::Duration;

use quick_cache::sync::Cache;

use crate::base::clock::Timestamp;
use crate::model::api_key_id::ApiKeyId;

/// How often one key is written at most.
const PAUSE: Duration = Duration::from_hours(1);
/// How many keys are remembered. One that is forgotten is written once more.
const REMEMBERED: usize = 4096;

/// When this instance has written which key.
pub(super) struct Attempts(Cache<ApiKeyId, Timestamp>);

impl Attempts {
    pub(super) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }

    /// Whether it is time to write it, which is then recorded.
    pub(super) fn begins(&self, id: &ApiKeyId, now: Timestamp) -> bool {
        if self.0.get(id).is_some_and(|before| before <= now && now < before + PAUSE) {
            return false;
        }
        self.0.insert(*id, now);
        true
    }
}
