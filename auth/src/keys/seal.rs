//! Seals short values for the store: XChaCha20-Poly1305, whose nonces are long enough to be random.

use base64ct::{Base64UrlUnpadded, Encoding};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::base::random::{Random, RandomError, random};

const NONCE_BYTES: usize = 24;

/// Returns `base64url(nonce ‖ ciphertext ‖ tag)`. The text opens only with the same key and the same `place`, the name
/// of where it is stored, so it cannot be moved elsewhere.
pub(super) fn seal(key: &[u8; 32], place: &str, value: &[u8], source: &dyn Random) -> Result<String, RandomError> {
    let nonce: [u8; NONCE_BYTES] = random(source)?;
    let payload = Payload { msg: value, aad: place.as_bytes() };
    // Encryption fails only for values of more than 256 GiB; the empty text opens for nobody.
    let sealed = cipher(key).encrypt(&XNonce::from(nonce), payload);
    Ok(sealed.map(|sealed| Base64UrlUnpadded::encode_string(&[&nonce[..], &sealed].concat())).unwrap_or_default())
}

/// Returns the value, or `None` if the text was not sealed with this key for this place, or was changed.
pub(super) fn open(key: &[u8; 32], place: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = Base64UrlUnpadded::decode_vec(text).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
    let payload = Payload { msg: sealed, aad: place.as_bytes() };
    cipher(key).decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key))
}

#[cfg(test)]
mod tests {
    use super::{open, seal};
    use crate::base::random::OsRandom;

    #[test]
    fn sealed_data_opens_only_unchanged_with_key_and_place() {
        let text = seal(&[1; 32], "here", b"value", &OsRandom).unwrap();
        assert_eq!(open(&[1; 32], "here", &text).unwrap().as_slice(), b"value");
        assert!(open(&[2; 32], "here", &text).is_none(), "another key");
        assert!(open(&[1; 32], "there", &text).is_none(), "another place");
        for place in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(open(&[1; 32], "here", &other).is_none(), "byte {place}");
            assert!(open(&[1; 32], "here", &text[..place]).is_none(), "the first {place} bytes");
        }
        assert_ne!(seal(&[1; 32], "here", b"value", &OsRandom).unwrap(), text, "each time with its own nonce");
    }
}
