//! A key pair: the private half signs, the public half is for everybody.

use std::fmt;

use jsonwebtoken::jwk::EllipticCurve;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use zeroize::Zeroizing;

use super::crypto_provider::provider;
use super::key::KeyParts;
use super::p256_private_key;
use super::pair_algorithm::PairAlgorithm;
use super::pem::{self, PrivateKey};
use super::public_jwk::PublicJwk;
use super::rsa_size;
use super::signing_key_error::SigningKeyError;
use crate::base::random::Random;

/// Below this, an RSA key is weaker than the other keys, which have a strength of 128 bits (NIST SP 800-57 part 1, table 2).
const STRONG_RSA_BITS: usize = 3072;

/// A random number is no private key once in 2^32 times.
const TRIES: usize = 8;

/// A key pair that was checked: its parts belong together, and it has signed something that it verified.
pub(crate) struct KeyPair {
    private: PrivateKey,
    public: PublicJwk,
    kid: String,
}

impl KeyPair {
    /// Reads a private key in PEM. `name` is what the messages call it.
    pub(super) fn from_pem(name: &str, text: &str) -> Result<Self, SigningKeyError> {
        Self::checked(name, pem::read(name, text)?)
    }

    /// Reads one as [`to_der`](Self::to_der) wrote it.
    pub(crate) fn from_der(name: &str, der: &[u8]) -> Result<Self, SigningKeyError> {
        Self::checked(name, pem::from_der(name, der)?)
    }

    /// Makes a fresh one for ES256.
    pub(crate) fn generate_es256(source: &dyn Random) -> Result<Self, SigningKeyError> {
        let mut last = SigningKeyError::Broken { name: "the new key".to_owned() };
        for _ in 0..TRIES {
            let der = p256_private_key::candidate(source).map_err(SigningKeyError::Random)?;
            match Self::checked("the new key", PrivateKey { algorithm: PairAlgorithm::Es256, der, rsa_bits: None }) {
                Ok(pair) => return Ok(pair),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn checked(name: &str, private: PrivateKey) -> Result<Self, SigningKeyError> {
        let broken = || SigningKeyError::Broken { name: name.to_owned() };
        let utils = &provider().key_utils;
        if let Some(bits) = private.rsa_bits.filter(|bits| !rsa_size::BITS.contains(bits) || !bits.is_multiple_of(8)) {
            return Err(SigningKeyError::unsupported(name, format!("RSA with {bits} bits")));
        }
        let public = match private.algorithm {
            PairAlgorithm::Es256 => {
                let (_, x, y) =
                    (utils.ec_pub_components_from_private_key)(&private.der, Algorithm::ES256).map_err(|_| broken())?;
                PublicJwk::p256(&x, &y)
            }
            PairAlgorithm::EdDsa => {
                let x = (utils.ed_pub_components_from_private_key)(&private.der, &EllipticCurve::Ed25519);
                PublicJwk::ed25519(&x.map_err(|_| broken())?)
            }
            PairAlgorithm::Rs256 => {
                let (modulus, exponent) =
                    (utils.rsa_pub_components_from_private_key)(&private.der).map_err(|_| broken())?;
                PublicJwk::rsa(&modulus, &exponent)
            }
        };
        let pair = Self { kid: public.thumbprint(), private, public };
        if pair.verifies_itself() { Ok(pair) } else { Err(broken()) }
    }

    fn verifies_itself(&self) -> bool {
        const MESSAGE: &[u8] = b"a key pair verifies what it signs";
        let algorithm = self.private.algorithm.id();
        let signed = (provider().signer_factory)(&algorithm, &self.encoding_key())
            .ok()
            .and_then(|signer| signer.try_sign(MESSAGE).ok());
        let verifier = self.decoding_key().and_then(|key| (provider().verifier_factory)(&algorithm, &key));
        signed.zip(verifier.ok()).is_some_and(|(signature, verifier)| verifier.verify(MESSAGE, &signature).is_ok())
    }

    /// Returns the name of the key in tokens and key sets.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// Returns the name of its algorithm.
    pub(crate) const fn alg(&self) -> &'static str {
        self.private.algorithm.name()
    }

    pub(crate) const fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// Returns the size of an RSA key that is weaker than the other keys.
    pub(crate) fn weak_rsa_bits(&self) -> Option<usize> {
        self.private.rsa_bits.filter(|bits| *bits < STRONG_RSA_BITS)
    }

    /// Returns the private key of a pair that was made here, in PKCS #8: to be sealed.
    pub(crate) fn to_der(&self) -> &[u8] {
        &self.private.der
    }

    /// Returns the private key as PEM; `None` for RSA, whose keys are never made here.
    pub(super) fn to_pem(&self) -> Option<Zeroizing<String>> {
        match self.private.algorithm {
            PairAlgorithm::Rs256 => None,
            _ => pem::write(&self.private.der),
        }
    }

    pub(super) fn parts(&self) -> Result<KeyParts, jsonwebtoken::errors::Error> {
        Ok(KeyParts {
            algorithm: self.private.algorithm.id(),
            alg: self.alg(),
            kid: self.kid.clone(),
            signature_bytes: self.private.rsa_bits.map_or(64, |bits| bits / 8),
            signing: self.encoding_key(),
            verifying: self.decoding_key()?,
        })
    }

    fn encoding_key(&self) -> EncodingKey {
        let der = &self.private.der;
        match self.private.algorithm {
            PairAlgorithm::Es256 => EncodingKey::from_ec_der(der),
            PairAlgorithm::EdDsa => EncodingKey::from_ed_der(der),
            PairAlgorithm::Rs256 => EncodingKey::from_rsa_der(der),
        }
    }

    fn decoding_key(&self) -> Result<DecodingKey, jsonwebtoken::errors::Error> {
        match &self.public {
            PublicJwk::Ec { x, y, .. } => DecodingKey::from_ec_components(x, y),
            PublicJwk::Okp { x, .. } => DecodingKey::from_ed_components(x),
            PublicJwk::Rsa { n, e } => DecodingKey::from_rsa_components(n, e),
        }
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({} {}, [redacted])", self.alg(), self.kid)
    }
}
