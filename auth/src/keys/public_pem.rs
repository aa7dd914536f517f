//! Public keys as text: `SubjectPublicKeyInfo` (RFC 5280 §4.1) in PEM (RFC 7468), the form that `openssl pkey -pubout`
//! writes, and the older one of RSA (PKCS #1).

use pkcs8::der::asn1::{ObjectIdentifier, UintRef};
use pkcs8::der::{Decode, Document, Reader, SliceReader};
use pkcs8::spki::SubjectPublicKeyInfoRef;

use super::pem::with_lines;
use super::signature_algorithm::SignatureAlgorithm;
use super::verifying_key::VerifyingKey;

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

const NOT_PEM: &str =
    "is no public key in PEM, which begins with `-----BEGIN PUBLIC KEY-----`: openssl pkey -in private.pem -pubout";
const PRIVATE: &str =
    "is a private key, which nobody needs any more: pass the public one (openssl pkey -in private.pem -pubout)";
const CERTIFICATE: &str =
    "is a certificate: pass the public key in it (openssl x509 -in certificate.pem -pubkey -noout)";
const UNSUPPORTED: &str = "is a key of another kind than RSA (2,048 to 4,096 bits), P-256, P-384 and Ed25519, or is \
                           damaged: openssl pkey -pubin -in public.pem -text";

/// Reads a key with the one algorithm that it is used with: of RSA, that is RS256.
///
/// # Errors
/// What the text is instead, and what to do about it.
pub(super) fn read(text: &str) -> Result<VerifyingKey, &'static str> {
    let text = with_lines(text);
    let (label, document) = Document::from_pem(text.trim()).map_err(|_| NOT_PEM)?;
    let key = match label {
        "PUBLIC KEY" => spki(document.as_bytes()),
        "RSA PUBLIC KEY" => rsa(document.as_bytes()),
        "CERTIFICATE" => return Err(CERTIFICATE),
        label if label.ends_with("PRIVATE KEY") => return Err(PRIVATE),
        _ => return Err(NOT_PEM),
    };
    key.ok_or(UNSUPPORTED)
}

fn spki(der: &[u8]) -> Option<VerifyingKey> {
    let info = SubjectPublicKeyInfoRef::try_from(der).ok()?;
    let bytes = info.subject_public_key.as_bytes()?;
    let curve = || info.algorithm.parameters.and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
    match info.algorithm.oid {
        RSA => rsa(bytes),
        ED25519 => VerifyingKey::ed25519(bytes),
        EC if curve() == Some(P256) => point(SignatureAlgorithm::Es256, bytes),
        EC if curve() == Some(P384) => point(SignatureAlgorithm::Es384, bytes),
        _ => None,
    }
}

/// Reads an uncompressed point (SEC 1 §2.3.3), which is how OpenSSL and everybody else writes it.
fn point(algorithm: SignatureAlgorithm, bytes: &[u8]) -> Option<VerifyingKey> {
    let coordinates = bytes.strip_prefix(&[4])?;
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    VerifyingKey::ec(algorithm, x, y)
}

/// Reads modulus and exponent (RFC 8017 §A.1.1).
fn rsa(pkcs1: &[u8]) -> Option<VerifyingKey> {
    let mut reader = SliceReader::new(pkcs1).ok()?;
    let key = reader.sequence(|key| -> Result<Option<VerifyingKey>, pkcs8::der::Error> {
        let (modulus, exponent) = (UintRef::decode(key)?, UintRef::decode(key)?);
        Ok(VerifyingKey::rsa(SignatureAlgorithm::Rs256, modulus.as_bytes(), exponent.as_bytes()))
    });
    key.ok()?
}

#[cfg(test)]
mod tests {
    use super::{CERTIFICATE, NOT_PEM, PRIVATE, UNSUPPORTED, read};
    use crate::keys::SignatureAlgorithm;

    /// Of RFC 8410 §10.1.
    const ED25519: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
                           -----END PUBLIC KEY-----\n";

    #[test]
    fn key_04_public_keys_are_read_with_their_one_algorithm() {
        assert_eq!(read(ED25519).unwrap().algorithm(), SignatureAlgorithm::Ed25519);
        assert!(read(&ED25519.trim().replace('\n', "\\n")).is_ok(), "a variable with `\\n` for line ends");
        for bad in ["", "secret", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "ssh-ed25519 AAAA"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert_eq!(read("ssh-ed25519 AAAA").unwrap_err(), NOT_PEM);
        assert_eq!(read(&ED25519.replace("PUBLIC", "PRIVATE")).unwrap_err(), PRIVATE);
        assert_eq!(read(&ED25519.replace("PUBLIC KEY", "CERTIFICATE")).unwrap_err(), CERTIFICATE);
        assert_eq!(read(&ED25519.replace("BQYDK2Vw", "BQYDK2Vv")).unwrap_err(), UNSUPPORTED, "X448");
    }
}
