//! Ids that the library generates for rows.

use uuid::Builder;

use crate::base::clock::Timestamp;
use crate::base::random::{Random, RandomError, random};

/// Returns a UUID version 7 as text (RFC 9562 §5.7): sorted by time, so that indexes stay compact. An id, not a secret.
pub(crate) fn uuid_v7(source: &dyn Random, now: Timestamp) -> Result<String, RandomError> {
    Ok(Builder::from_unix_timestamp_millis(now.as_millis(), &random(source)?).into_uuid().to_string())
}

#[cfg(test)]
mod tests {
    use super::uuid_v7;
    use crate::base::clock::Timestamp;
    use crate::base::random::OsRandom;

    #[test]
    fn ids_are_version_7_and_sort_by_time() {
        let id = uuid_v7(&OsRandom, Timestamp::from_millis(0x0123_4567_89ab)).unwrap();
        assert!(id.starts_with("01234567-89ab-7"), "{id}");
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{id}");
        assert_eq!(id.len(), 36);
        assert_ne!(id, uuid_v7(&OsRandom, Timestamp::from_millis(0x0123_4567_89ab)).unwrap());
    }
}
