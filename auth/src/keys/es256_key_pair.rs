//! A key pair of P-256 that signs as authenticators and issuers do: for the test kit.

use jsonwebtoken::{Algorithm, EncodingKey};
use zeroize::Zeroizing;

use super::crypto_provider::provider;
use super::p256_private_key;
use crate::base::random::OsRandom;

/// A key pair.
pub(crate) struct Es256KeyPair {
    pkcs8: Zeroizing<Vec<u8>>,
    pub(crate) x: Vec<u8>,
    pub(crate) y: Vec<u8>,
}

impl Es256KeyPair {
    /// Makes one. `None` if there is no randomness, or no backend.
    pub(crate) fn generate() -> Option<Self> {
        let pkcs8 = p256_private_key::candidate(&OsRandom).ok()?;
        let (_, x, y) = (provider().key_utils.ec_pub_components_from_private_key)(&pkcs8, Algorithm::ES256).ok()?;
        Some(Self { pkcs8, x, y })
    }

    /// Returns the signature of the message as tokens have it (RFC 7518 §3.4).
    pub(crate) fn sign_fixed(&self, message: &[u8]) -> Option<Vec<u8>> {
        let key = EncodingKey::from_ec_der(&self.pkcs8);
        (provider().signer_factory)(&Algorithm::ES256, &key).ok()?.try_sign(message).ok()
    }

    /// Returns the signature of the message, in DER.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "for passkeys"))]
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let fixed = self.sign_fixed(message)?;
        let (r, s) = fixed.split_at_checked(32)?;
        let integers = [integer(r), integer(s)].concat();
        Some([&[0x30, u8::try_from(integers.len()).ok()?], &*integers].concat())
    }
}

/// Writes an integer in DER: without needless zeros, and not negative.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    let sign = if digits.first().is_none_or(|first| *first >= 0x80) { &[0][..] } else { &[] };
    let length = u8::try_from(sign.len() + digits.len()).unwrap_or_default();
    [&[0x02, length], sign, &digits].concat()
}

#[cfg(test)]
mod tests {
    use super::Es256KeyPair;
    use crate::keys::PublicKey;

    #[test]
    fn what_is_signed_verifies_under_its_own_key_only() {
        let (one, other) = (Es256KeyPair::generate().unwrap(), Es256KeyPair::generate().unwrap());
        let key = |pair: &Es256KeyPair| PublicKey::es256(&pair.x, &pair.y).unwrap();
        for message in 0..200_u32 {
            let message = message.to_be_bytes();
            let signature = one.sign(&message).unwrap();
            assert!(key(&one).verify(&message, &signature));
            assert!(!key(&other).verify(&message, &signature) && !key(&one).verify(b"other", &signature));
        }
    }
}
