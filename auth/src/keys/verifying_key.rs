//! Public keys of other issuers, checked before one of the backend's types is made of them.
//!
//! The pure-Rust backend panics at a key of Ed25519 that is too short, cuts off one that is too long, and neither
//! backend checks how long coordinates are. So lengths, sizes and curves are checked here, and nothing else in this crate
//! makes such a key.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;

use super::crypto_provider::provider;
use super::rsa_size::{EXPONENT, is_modulus};
use super::signature_algorithm::SignatureAlgorithm;

/// A public key and the one algorithm that it is used with (RFC 8725 §3.1).
pub(crate) struct VerifyingKey {
    algorithm: SignatureAlgorithm,
    /// The modulus, or the coordinates of the point: what tells it from other keys.
    public: Vec<u8>,
    /// The length of its signatures, in bytes.
    signature_bytes: usize,
    key: DecodingKey,
}

impl VerifyingKey {
    /// Reads a key of RSA. A zero at the beginning of the modulus, which RFC 7518 §6.3.1.1 forbids and some issuers write,
    /// does not matter.
    pub(super) fn rsa(algorithm: SignatureAlgorithm, modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
        (algorithm.is_rsa() && is_modulus(modulus) && exponent == EXPONENT).then(|| Self {
            algorithm,
            public: modulus.to_vec(),
            signature_bytes: modulus.len(),
            key: DecodingKey::from_rsa_raw_components(modulus, &EXPONENT),
        })
    }

    /// Reads a point of the curve that belongs to the algorithm. Coordinates have their full length (RFC 7518 §6.2.1.2).
    pub(super) fn ec(algorithm: SignatureAlgorithm, x: &[u8], y: &[u8]) -> Option<Self> {
        let field = match algorithm {
            SignatureAlgorithm::Es256 => 32,
            SignatureAlgorithm::Es384 => 48,
            _ => return None,
        };
        if x.len() != field || y.len() != field {
            return None;
        }
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let key = DecodingKey::from_ec_components(&text(x), &text(y)).ok()?;
        Some(Self { algorithm, public: [x, y].concat(), signature_bytes: 2 * field, key })
    }

    /// Reads a key of Ed25519 (RFC 8037 §2).
    pub(super) fn ed25519(x: &[u8]) -> Option<Self> {
        let x: &[u8; 32] = x.try_into().ok()?;
        let key = DecodingKey::from_ed_components(&URL_SAFE_NO_PAD.encode(x)).ok()?;
        Some(Self { algorithm: SignatureAlgorithm::Ed25519, public: x.to_vec(), signature_bytes: 64, key })
    }

    /// Returns the algorithm that the key is used with.
    pub(crate) const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Whether this is the signature of the message. (The backends want a vector.)
    pub(crate) fn verify(&self, message: &[u8], signature: &Vec<u8>) -> bool {
        #[cfg(fuzzing)]
        if super::fuzz_signatures::is_believing() {
            return true;
        }
        let verifier = || (provider().verifier_factory)(&self.algorithm.of_backend(), &self.key).ok();
        signature.len() == self.signature_bytes
            && verifier().is_some_and(|verifier| verifier.verify(message, signature).is_ok())
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.public == other.public
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm.name())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{EXPONENT, SignatureAlgorithm, VerifyingKey};

    #[test]
    fn key_04_keys_of_other_lengths_or_algorithms_are_none() {
        let modulus = [0xff; 256];
        assert!(VerifyingKey::rsa(SignatureAlgorithm::Rs256, &modulus, &EXPONENT).is_some());
        assert!(VerifyingKey::rsa(SignatureAlgorithm::Rs256, &[&[0], &modulus[..]].concat(), &EXPONENT).is_some());
        assert!(VerifyingKey::rsa(SignatureAlgorithm::Rs256, &[&[0, 0], &modulus[..]].concat(), &EXPONENT).is_none());
        assert!(VerifyingKey::rsa(SignatureAlgorithm::Es256, &modulus, &EXPONENT).is_none());
        assert!(VerifyingKey::rsa(SignatureAlgorithm::Rs256, &modulus, &[3]).is_none());
        assert!(VerifyingKey::ec(SignatureAlgorithm::Es256, &[1; 32], &[1; 32]).is_some());
        assert!(VerifyingKey::ec(SignatureAlgorithm::Es384, &[1; 48], &[1; 48]).is_some());
        assert!(VerifyingKey::ec(SignatureAlgorithm::Es256, &[1; 48], &[1; 48]).is_none());
        assert!(VerifyingKey::ec(SignatureAlgorithm::Rs256, &[1; 32], &[1; 32]).is_none());
        for length in [0, 31, 33] {
            assert!(VerifyingKey::ec(SignatureAlgorithm::Es256, &vec![1; length], &[1; 32]).is_none(), "{length}");
            assert!(VerifyingKey::ed25519(&vec![1; length]).is_none(), "{length}");
        }
    }

    proptest! {
        /// Also of keys that are no point, or no product of primes.
        #[test]
        fn f_05_no_key_and_no_signature_panics(
            x in any::<[u8; 48]>(), y in any::<[u8; 48]>(), rsa in proptest::collection::vec(any::<u8>(), 257..=300),
            message in any::<Vec<u8>>(), signature in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut rsa = rsa;
            rsa[0] |= 1;
            *rsa.last_mut().unwrap() |= 1;
            let mut keys: Vec<VerifyingKey> = [
                VerifyingKey::ec(SignatureAlgorithm::Es256, &x[..32], &y[..32]),
                VerifyingKey::ec(SignatureAlgorithm::Es384, &x, &y),
                VerifyingKey::ed25519(&x[..32]),
            ].into_iter().flatten().collect();
            for algorithm in SignatureAlgorithm::ALL {
                keys.extend(VerifyingKey::rsa(algorithm, &rsa, &EXPONENT));
            }
            prop_assert_eq!(keys.len(), 9);
            for key in keys {
                for signature in [&signature, &vec![1; 64], &vec![1; 96], &vec![7; rsa.len()]] {
                    prop_assert!(!key.verify(&message, signature));
                }
            }
        }
    }
}
