//! Public keys of others' devices: what a passkey signs with.
//!
//! The backends verify signatures of tokens, in the formats of JSON Web Signatures; the same algorithms sign assertions,
//! in other formats. So the key is taken apart and checked here (the backends panic at some malformed keys), ECDSA
//! signatures are rewritten from DER to the fixed width, and no second cryptographic library is needed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};

use super::crypto_provider::provider;
use super::rsa_size::{EXPONENT, is_modulus};

/// The length of a coordinate of P-256, of a key of Ed25519, and of half a signature of either.
const FIELD: usize = 32;

/// A public key, of the form that its algorithm has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// ECDSA on P-256 with SHA-256.
    Es256 { x: [u8; FIELD], y: [u8; FIELD] },
    /// Ed25519.
    Ed25519([u8; FIELD]),
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256 { modulus: Vec<u8> },
}

impl PublicKey {
    /// Reads the coordinates of a point.
    pub(crate) fn es256(x: &[u8], y: &[u8]) -> Option<Self> {
        Some(Self::Es256 { x: x.try_into().ok()?, y: y.try_into().ok()? })
    }

    pub(crate) fn ed25519(key: &[u8]) -> Option<Self> {
        Some(Self::Ed25519(key.try_into().ok()?))
    }

    /// Reads a modulus of an accepted size, without leading zeros, and the exponent 65537. An even modulus is none.
    pub(crate) fn rs256(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        (is_modulus(modulus) && exponent == EXPONENT).then(|| Self::Rs256 { modulus: modulus.to_vec() })
    }

    /// Whether this is the signature of the message, as authenticators write it: in DER for ECDSA (`WebAuthn` §6.5.5).
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verified(message, signature).is_some()
    }

    fn verified(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (algorithm, key, signature) = match self {
            Self::Es256 { x, y } => {
                let key = DecodingKey::from_ec_components(&text(x), &text(y)).ok()?;
                (Algorithm::ES256, key, fixed_width(signature)?.to_vec())
            }
            Self::Ed25519(key) => {
                let key = DecodingKey::from_ed_components(&text(key)).ok()?;
                (Algorithm::EdDSA, key, (signature.len() == 2 * FIELD).then(|| signature.to_vec())?)
            }
            Self::Rs256 { modulus } => {
                let key = DecodingKey::from_rsa_raw_components(modulus, &EXPONENT);
                (Algorithm::RS256, key, (signature.len() == modulus.len()).then(|| signature.to_vec())?)
            }
        };
        (provider().verifier_factory)(&algorithm, &key).ok()?.verify(message, &signature).ok()
    }
}

/// Rewrites `SEQUENCE { INTEGER r, INTEGER s }` to `r ‖ s`. There is one such text for each signature (X.690 §10): short
/// lengths, no needless zero, nothing behind it.
fn fixed_width(der: &[u8]) -> Option<[u8; 2 * FIELD]> {
    let (integers, behind) = element(der, 0x30)?;
    let (r, rest) = element(integers, 0x02)?;
    let (s, rest) = element(rest, 0x02)?;
    if !(behind.is_empty() && rest.is_empty()) {
        return None;
    }
    let mut fixed = [0; 2 * FIELD];
    let (first, second) = fixed.split_at_mut(FIELD);
    positive(r, first)?;
    positive(s, second)?;
    Some(fixed)
}

/// Splits an element with this tag off. No element of a signature is as long as 128 bytes.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (head, rest) = der.split_first_chunk::<2>()?;
    let [found, length] = *head;
    (found == tag && length < 0x80).then(|| rest.split_at_checked(usize::from(length)))?
}

/// Writes an integer that is not negative, in its shortest form, to the end of `to`.
fn positive(integer: &[u8], to: &mut [u8]) -> Option<()> {
    let digits = match integer {
        [] => return None,
        [0, next, ..] if *next < 0x80 => return None,
        [0, digits @ ..] => digits,
        [first, ..] if *first >= 0x80 => return None,
        digits => digits,
    };
    let start = to.len().checked_sub(digits.len())?;
    to.get_mut(start..)?.copy_from_slice(digits);
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{EXPONENT, PublicKey, fixed_width};

    const R: [u8; 32] = [0x11; 32];
    const S: [u8; 32] = [0x91; 32];

    fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
        let integer = |bytes: &[u8]| [&[2, u8::try_from(bytes.len()).unwrap()], bytes].concat();
        let inner = [integer(r), integer(s)].concat();
        [&[0x30, u8::try_from(inner.len()).unwrap()], &*inner].concat()
    }

    #[test]
    fn pk_22_only_the_canonical_text_of_a_signature_is_read() {
        let long = [&[0][..], &S].concat();
        let good = der(&R, &long);
        assert_eq!(fixed_width(&good).unwrap().to_vec(), [R, S].concat());
        assert_eq!(fixed_width(&der(&[5], &[0])).unwrap()[31], 5);
        let mut long_form = good.clone();
        long_form.splice(1..2, [0x81, good[1]]);
        for bad in [
            vec![],
            vec![0x30],
            good[..good.len() - 1].to_vec(),
            [&*good, &[0]].concat(),
            der(&[&[0][..], &R].concat(), &long),
            der(&R, &S),
            der(&[&[1][..], &R].concat(), &long),
            der(&[], &long),
            long_form,
        ] {
            assert_eq!(fixed_width(&bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn keys_of_other_sizes_are_none() {
        let mut modulus = vec![0xff; 256];
        assert!(PublicKey::rs256(&modulus, &EXPONENT).is_some());
        assert!(PublicKey::rs256(&modulus, &[3]).is_none() && PublicKey::rs256(&modulus, &[0, 1, 0, 1]).is_none());
        assert!(PublicKey::rs256(&modulus[1..], &EXPONENT).is_none());
        assert!(PublicKey::rs256(&[0xff; 513], &EXPONENT).is_none());
        *modulus.last_mut().unwrap() = 0xfe;
        assert!(PublicKey::rs256(&modulus, &EXPONENT).is_none(), "even");
        modulus = vec![0; 257];
        assert!(PublicKey::rs256(&modulus, &EXPONENT).is_none(), "leading zero");
        assert!(PublicKey::es256(&R[1..], &S).is_none() && PublicKey::ed25519(&[0; 33]).is_none());
    }

    proptest! {
        /// Also of keys that are no point, or no product of primes.
        #[test]
        fn no_key_and_no_signature_panics(
            x in any::<[u8; 32]>(), y in any::<[u8; 32]>(), rsa in proptest::collection::vec(any::<u8>(), 256..=300),
            message in any::<Vec<u8>>(), signature in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut rsa = rsa;
            rsa[0] |= 1;
            *rsa.last_mut().unwrap() |= 1;
            let keys = [PublicKey::es256(&x, &y), PublicKey::ed25519(&x), PublicKey::rs256(&rsa, &EXPONENT)];
            for key in keys.into_iter().flatten() {
                for signature in [&*signature, &[1; 64], &der(&R, &[7; 32]), &vec![7; rsa.len()]] {
                    prop_assert!(!key.verify(&message, signature));
                }
            }
        }
    }
}
