//! Fresh private keys of P-256.

use zeroize::Zeroizing;

use crate::base::random::{Random, RandomError, random};

/// A private key in PKCS #8 (RFC 5958, RFC 5915), up to its 32 bytes.
const PKCS8: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20,
];

/// Returns a random number in PKCS #8. Once in 2^32 times it is no private key, which the backend says.
pub(super) fn candidate(source: &dyn Random) -> Result<Zeroizing<Vec<u8>>, RandomError> {
    let number = Zeroizing::new(random::<32>(source)?);
    Ok(Zeroizing::new([&PKCS8[..], &*number].concat()))
}
