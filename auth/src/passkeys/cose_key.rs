//! Public keys as authenticators write them: `COSE_Key` (RFC 9052 §7, RFC 9053, RFC 8812).
//!
//! The algorithms are those that are offered, in the order of preference. A key says its own algorithm, and its other
//! parameters must fit: nobody chooses with which algorithm a key is used.

use super::cbor::Item;
use crate::keys::PublicKey;

/// The algorithms that are offered, the preferred one first: `EdDSA`, `ES256`, `RS256`.
pub(super) const ALGORITHMS: [i64; 3] = [EDDSA, ES256, RS256];

const EDDSA: i64 = -8;
const ES256: i64 = -7;
const RS256: i64 = -257;

/// The labels of a key's parameters: its type, its algorithm, and what depends on the type.
const KTY: i64 = 1;
const ALG: i64 = 3;
const FIRST: i64 = -1;
const SECOND: i64 = -2;
const THIRD: i64 = -3;

/// The types of keys.
const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;
/// The curves.
const P256: i64 = 1;
const ED25519: i64 = 6;

/// Why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyError {
    /// Its algorithm was not offered.
    Algorithm,
    /// It is no key of its algorithm.
    Malformed,
}

/// Reads a key of one of the algorithms. Parameters beside those of its type are refused, too: authenticators write none
/// (`WebAuthn` §6.5.1.1).
pub(super) fn read(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    let parameters = Parameters::read(bytes).ok_or(KeyError::Malformed)?;
    let algorithm = parameters.integer(ALG).ok_or(KeyError::Malformed)?;
    let key = match algorithm {
        EDDSA => parameters.eddsa(),
        ES256 => parameters.es256(),
        RS256 => parameters.rs256(),
        _ => return Err(KeyError::Algorithm),
    };
    key.ok_or(KeyError::Malformed)
}

struct Parameters<'a>(Vec<(Item<'a>, Item<'a>)>);

impl<'a> Parameters<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        Some(Self(Item::read(bytes)?.entries()?))
    }

    fn get(&self, label: i64) -> Option<Item<'a>> {
        self.0.iter().find(|(key, _)| key.integer() == Some(label)).map(|(_, value)| *value)
    }

    fn integer(&self, label: i64) -> Option<i64> {
        self.get(label)?.integer()
    }

    fn bytes(&self, label: i64) -> Option<&'a [u8]> {
        self.get(label)?.bytes()
    }

    /// Whether it is a key of this type, with this many parameters.
    fn is(&self, kind: i64, parameters: usize) -> Option<()> {
        (self.integer(KTY) == Some(kind) && self.0.len() == parameters).then_some(())
    }

    fn eddsa(&self) -> Option<PublicKey> {
        self.is(OKP, 4)?;
        (self.integer(FIRST)? == ED25519).then(|| PublicKey::ed25519(self.bytes(SECOND)?))?
    }

    fn es256(&self) -> Option<PublicKey> {
        self.is(EC2, 5)?;
        (self.integer(FIRST)? == P256).then(|| PublicKey::es256(self.bytes(SECOND)?, self.bytes(THIRD)?))?
    }

    fn rs256(&self) -> Option<PublicKey> {
        self.is(RSA, 4)?;
        PublicKey::rs256(self.bytes(FIRST)?, self.bytes(SECOND)?)
    }
}

#[cfg(test)]
mod tests {
    use super::{ALGORITHMS, KeyError, read};

    /// A key of P-256 with this type, algorithm, curve and coordinates.
    fn ec2(kind: u8, algorithm: u8, curve: u8, x: &[u8], more: &[u8]) -> Vec<u8> {
        let entries = 5 + u8::from(!more.is_empty());
        let y = [&[0x22, 0x58, 32][..], &[2; 32]].concat();
        let x = [&[0x21, 0x58, u8::try_from(x.len()).unwrap()], x].concat();
        [&[0xa0 | entries, 1, kind, 3, algorithm, 0x20, curve], &*x, &*y, more].concat()
    }

    #[test]
    fn pk_08_only_offered_algorithms_with_fitting_keys_are_read() {
        assert_eq!(ALGORITHMS, [-8, -7, -257]);
        assert!(read(&ec2(2, 0x26, 1, &[1; 32], &[])).is_ok());
        for (bad, why) in [
            (ec2(2, 0x27, 1, &[1; 32], &[]), KeyError::Malformed),
            (ec2(2, 0x28, 1, &[1; 32], &[]), KeyError::Algorithm),
            (ec2(2, 0x05, 1, &[1; 32], &[]), KeyError::Algorithm),
            (ec2(1, 0x26, 1, &[1; 32], &[]), KeyError::Malformed),
            (ec2(2, 0x26, 2, &[1; 32], &[]), KeyError::Malformed),
            (ec2(2, 0x26, 1, &[1; 31], &[]), KeyError::Malformed),
            (ec2(2, 0x26, 1, &[1; 32], &[0x04, 0x81, 2]), KeyError::Malformed),
            (ec2(2, 0x26, 1, &[1; 32], &[])[..70].to_vec(), KeyError::Malformed),
            (vec![0xa0], KeyError::Malformed),
            (vec![0x01], KeyError::Malformed),
        ] {
            assert_eq!(read(&bad), Err(why), "{bad:02x?}");
        }
    }
}
