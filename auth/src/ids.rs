//! Ids that the library generates for rows.

use crate::clock::Timestamp;
use crate::random::{Random, RandomError, random};

/// Returns a UUID version 7 as text (RFC 9562 §5.7): sorted by time, so that indexes stay compact. An id, not a secret.
pub(crate) fn uuid_v7(source: &dyn Random, now: Timestamp) -> Result<String, RandomError> {
    let random = u128::from_be_bytes(random(source)?);
    let time = u128::from(now.as_millis() & 0xFFFF_FFFF_FFFF) << 80;
    let version = 0x7_u128 << 76;
    let variant = 0b10_u128 << 62;
    let rest = random & 0x0000_0000_0000_0FFF_3FFF_FFFF_FFFF_FFFF;
    let bits = time | version | variant | rest;
    let part = |shift: u32, mask: u128| (bits >> shift) & mask;
    Ok(format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(96, 0xFFFF_FFFF),
        part(80, 0xFFFF),
        part(64, 0xFFFF),
        part(48, 0xFFFF),
        part(0, 0xFFFF_FFFF_FFFF),
    ))
}

#[cfg(test)]
mod tests {
    use super::uuid_v7;
    use crate::clock::Timestamp;
    use crate::random::OsRandom;

    #[test]
    fn ids_are_version_7_and_sort_by_time() {
        let id = uuid_v7(&OsRandom, Timestamp::from_millis(0x0123_4567_89ab)).unwrap();
        assert!(id.starts_with("01234567-89ab-7"), "{id}");
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{id}");
        assert_eq!(id.len(), 36);
        assert_ne!(id, uuid_v7(&OsRandom, Timestamp::from_millis(0x0123_4567_89ab)).unwrap());
    }
}
