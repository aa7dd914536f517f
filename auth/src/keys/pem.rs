//! Private keys as text: PKCS #8 (RFC 5958) in PEM (RFC 7468), the form that `openssl genpkey` writes.

use pkcs8::der::asn1::{ObjectIdentifier, UintRef};
use pkcs8::der::pem::LineEnding;
use pkcs8::der::{Decode, Reader, SliceReader};
use pkcs8::{PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use super::pair_algorithm::PairAlgorithm;
use super::rsa_size::bits;
use super::signing_key_error::SigningKeyError;

const PRIVATE_KEY: &str = "PRIVATE KEY";

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A private key and the one algorithm that it is for, which its own text says.
pub(super) struct PrivateKey {
    pub(super) algorithm: PairAlgorithm,
    /// PKCS #8, or for RSA what is in it (PKCS #1): the form that the backends read.
    pub(super) der: Zeroizing<Vec<u8>>,
    /// The bits of the modulus, of RSA.
    pub(super) rsa_bits: Option<usize>,
}

/// Reads a key. `name` is what the messages call it.
pub(super) fn read(name: &str, text: &str) -> Result<PrivateKey, SigningKeyError> {
    let text = with_lines(text);
    let (label, document) = match SecretDocument::from_pem(text.trim()) {
        Ok(read) => read,
        // A file of `openssl ecparam` has the parameters in front, in a block of their own.
        Err(_) if text.contains("-----BEGIN EC ") => return Err(SigningKeyError::older_form(name, "EC PRIVATE KEY")),
        Err(_) => return Err(SigningKeyError::NotPem { name: name.to_owned() }),
    };
    match label {
        PRIVATE_KEY => {}
        "ENCRYPTED PRIVATE KEY" => return Err(SigningKeyError::Encrypted { name: name.to_owned() }),
        "EC PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PARAMETERS" => return Err(SigningKeyError::older_form(name, label)),
        other => return Err(SigningKeyError::not_private(name, other)),
    }
    from_der(name, document.as_bytes())
}

/// Reads PKCS #8 without the text around it.
pub(super) fn from_der(name: &str, der: &[u8]) -> Result<PrivateKey, SigningKeyError> {
    let broken = || SigningKeyError::Broken { name: name.to_owned() };
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| broken())?;
    let curve = || info.algorithm.parameters.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
    let (algorithm, bytes) = match info.algorithm.oid {
        EC if curve() == Some(P256) => (PairAlgorithm::Es256, der),
        EC => return Err(SigningKeyError::unsupported(name, "an elliptic curve other than P-256")),
        ED25519 => (PairAlgorithm::EdDsa, der),
        RSA => (PairAlgorithm::Rs256, info.private_key.as_bytes()),
        _ => return Err(SigningKeyError::unsupported(name, "another algorithm")),
    };
    let rsa_bits = match algorithm {
        PairAlgorithm::Rs256 => Some(modulus_bits(bytes).ok_or_else(broken)?),
        _ => None,
    };
    Ok(PrivateKey { algorithm, der: Zeroizing::new(bytes.to_vec()), rsa_bits })
}

/// Returns the size of an RSA key: its second number (RFC 8017 §A.1.2). A backend would say of a small one only that it
/// does not like it.
fn modulus_bits(pkcs1: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(pkcs1).ok()?;
    let modulus = reader.sequence(|key| -> Result<Option<usize>, pkcs8::der::Error> {
        let _version = u8::decode(key)?;
        let bits = bits(UintRef::decode(key)?.as_bytes());
        let _others = key.read_slice(key.remaining_len())?;
        Ok(Some(bits))
    });
    modulus.ok()?
}

/// Writes a key that is in PKCS #8.
pub(super) fn write(der: &[u8]) -> Option<Zeroizing<String>> {
    SecretDocument::try_from(der).ok()?.to_pem(PRIVATE_KEY, LineEnding::LF).ok()
}

/// Returns the text with its lines. Whoever sets a variable in a file of settings often writes `\n` for a line end.
pub(super) fn with_lines(text: &str) -> Zeroizing<String> {
    Zeroizing::new(if text.trim().contains('\n') { text.to_owned() } else { text.replace("\\n", "\n") })
}
