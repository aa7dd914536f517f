//! The part of CBOR (RFC 8949) in which authenticators write (CTAP2 §6): definite lengths, shortest heads, few levels.
//!
//! A reader of all of CBOR would be larger than everything that is done with it here, and would read what no authenticator
//! writes. This one allocates nothing but the list of entries that it is asked for; whatever it does not know, it refuses.

/// How deep containers may be nested: an attestation statement has two below the map that holds it.
const MAX_DEPTH: u8 = 4;
/// How many entries a map may have.
const MAX_ENTRIES: u64 = 32;

/// One item, with everything in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item<'a> {
    major: Major,
    argument: u64,
    /// What follows the head.
    content: &'a [u8],
    /// The item as it is written.
    pub(super) encoded: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Major {
    Positive,
    Negative,
    Bytes,
    Text,
    Array,
    Map,
    Simple,
}

impl<'a> Item<'a> {
    /// Reads exactly one item.
    pub(super) fn read(input: &'a [u8]) -> Option<Self> {
        let (item, rest) = Self::split(input)?;
        rest.is_empty().then_some(item)
    }

    /// Splits one item off.
    pub(super) fn split(input: &'a [u8]) -> Option<(Self, &'a [u8])> {
        Self::split_at_depth(input, MAX_DEPTH)
    }

    fn split_at_depth(input: &'a [u8], depth: u8) -> Option<(Self, &'a [u8])> {
        let (major, argument, after) = head(input)?;
        let rest = match major {
            Major::Positive | Major::Negative | Major::Simple => after,
            Major::Bytes | Major::Text => {
                let (content, rest) = after.split_at_checked(usize::try_from(argument).ok()?)?;
                if major == Major::Text {
                    std::str::from_utf8(content).ok()?;
                }
                rest
            }
            Major::Array => {
                let depth = depth.checked_sub(1)?;
                let mut rest = after;
                for _ in 0..argument {
                    (_, rest) = Self::split_at_depth(rest, depth)?;
                }
                rest
            }
            Major::Map => entries(argument, after, depth.checked_sub(1)?)?.1,
        };
        let (encoded, _) = input.split_at_checked(input.len().checked_sub(rest.len())?)?;
        let (content, _) = after.split_at_checked(after.len().checked_sub(rest.len())?)?;
        Some((Self { major, argument, content, encoded }, rest))
    }

    pub(super) fn bytes(self) -> Option<&'a [u8]> {
        (self.major == Major::Bytes).then_some(self.content)
    }

    pub(super) fn text(self) -> Option<&'a str> {
        (self.major == Major::Text).then(|| std::str::from_utf8(self.content).ok())?
    }

    /// Returns an integer that is not too large for the names and algorithms of COSE.
    pub(super) fn integer(self) -> Option<i64> {
        let value = i64::try_from(self.argument).ok()?;
        match self.major {
            Major::Positive => Some(value),
            Major::Negative => Some(-1 - value),
            _ => None,
        }
    }

    /// Returns the entries of a map.
    pub(super) fn entries(self) -> Option<Vec<(Self, Self)>> {
        (self.major == Major::Map).then(|| Some(entries(self.argument, self.content, MAX_DEPTH)?.0))?
    }
}

type Entries<'a> = Vec<(Item<'a>, Item<'a>)>;

fn entries(count: u64, input: &[u8], depth: u8) -> Option<(Entries<'_>, &[u8])> {
    if count > MAX_ENTRIES {
        return None;
    }
    let (mut entries, mut rest): (Entries<'_>, _) = (Vec::new(), input);
    for _ in 0..count {
        let (key, after) = Item::split_at_depth(rest, depth)?;
        let (value, after) = Item::split_at_depth(after, depth)?;
        // Heads are the shortest, so equal keys are equal bytes.
        if entries.iter().any(|(other, _)| other.encoded == key.encoded) {
            return None;
        }
        entries.push((key, value));
        rest = after;
    }
    Some((entries, rest))
}

/// Reads the head of an item: its kind, and a number that must be written as short as it can be.
fn head(input: &[u8]) -> Option<(Major, u64, &[u8])> {
    let (first, rest) = input.split_first()?;
    let (major, short) = (first >> 5, first & 0x1f);
    let (argument, least, rest) = match short {
        0..=23 => (u64::from(short), 0, rest),
        24 => rest.split_first_chunk::<1>().map(|(bytes, rest)| (u64::from(u8::from_be_bytes(*bytes)), 24, rest))?,
        25 => rest.split_first_chunk().map(|(bytes, rest)| (u64::from(u16::from_be_bytes(*bytes)), 1 << 8, rest))?,
        26 => rest.split_first_chunk().map(|(bytes, rest)| (u64::from(u32::from_be_bytes(*bytes)), 1 << 16, rest))?,
        27 => rest.split_first_chunk().map(|(bytes, rest)| (u64::from_be_bytes(*bytes), 1 << 32, rest))?,
        _ => return None,
    };
    let major = match major {
        0 => Major::Positive,
        1 => Major::Negative,
        2 => Major::Bytes,
        3 => Major::Text,
        4 => Major::Array,
        5 => Major::Map,
        // False, true and null; no other simple values, no floats.
        7 if (20..=22).contains(&short) => Major::Simple,
        _ => return None,
    };
    (argument >= least).then_some((major, argument, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Item;

    #[test]
    fn items_are_read_as_written() {
        let item = Item::read(&[0xa2, 0x01, 0x02, 0x63, b'f', b'm', b't', 0x42, 7, 8]).unwrap();
        let entries = item.entries().unwrap();
        assert_eq!((entries[0].0.integer(), entries[0].1.integer()), (Some(1), Some(2)));
        assert_eq!((entries[1].0.text(), entries[1].1.bytes()), (Some("fmt"), Some(&[7, 8][..])));
        assert_eq!(Item::read(&[0x39, 0x01, 0x00]).unwrap().integer(), Some(-257));
        assert_eq!(Item::split(&[0xf5, 9]).unwrap().1, [9]);
    }

    #[test]
    fn what_no_authenticator_writes_is_refused() {
        let deep = [0x81; 6];
        let entries = |count: u8| {
            let entries = (0..count).flat_map(|key| [0x18, 24 + key, 0]);
            [0xb8, count].into_iter().chain(entries).collect::<Vec<u8>>()
        };
        assert!(Item::read(&entries(32)).is_some());
        let many = entries(33);
        for bad in [
            &[][..],
            &[0x18, 23],                                 // longer than needed
            &[0x19, 0, 255],                             // longer than needed
            &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], // longer than needed
            &[0x5f, 0x41, 0, 0xff],                      // indefinite length
            &[0xbf, 0xff],                               // indefinite length
            &[0xa2, 1, 2, 1, 3],                         // a key twice
            &[0xc0, 0],                                  // a tag
            &[0xf9, 0, 0],                               // a float
            &[0xf7],                                     // undefined
            &[0x61, 0xff],                               // no UTF-8
            &[0x42, 1],                                  // too short
            &[0x00, 0x00],                               // something behind it
            &many,
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &deep,
        ] {
            assert_eq!(Item::read(bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn pk_13_nesting_ends_before_the_stack_does() {
        let nested = |levels: usize| [vec![0x81; levels], vec![0]].concat();
        assert!(Item::read(&nested(4)).is_some());
        assert!(Item::read(&nested(5)).is_none() && Item::read(&nested(60_000)).is_none());
    }

    proptest! {
        #[test]
        fn no_input_panics(input in any::<Vec<u8>>()) {
            if let Some((item, rest)) = Item::split(&input) {
                prop_assert_eq!(&[item.encoded, rest].concat(), &input);
                let _ = (item.entries(), item.integer(), item.text());
            }
        }
    }
}
