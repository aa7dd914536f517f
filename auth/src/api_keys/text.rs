//! The text of an API key: `shop_pat_` and 49 characters.
//!
//! The format is the one that GitHub introduced in 2021. The prefix is fixed and the application's own, so scanners find a
//! key that somebody has published (`shop_pat_[0-9A-Za-z]{49}`). The last six characters are a checksum, by which they
//! tell a key from a text that looks like one without asking anybody, and by which a mistyped key costs no query. `_` and
//! base62 instead of `-` and base64: a double click selects all of it.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base::random::{Random, RandomError, random};
use crate::model::api_key_id::ApiKeyId;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 32 bytes in base62.
const SECRET_CHARS: usize = 43;
/// A CRC-32 in base62.
const SUM_CHARS: usize = 6;
/// The longest prefix. A key has to fit wherever a token does, and a prefix is read by people.
const MAX_PREFIX: usize = 32;

/// What all keys of one user type begin with, without the `_` after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyPrefix(String);

impl KeyPrefix {
    /// Reads a prefix that an application has chosen, or returns what is wrong with it.
    pub(crate) fn parse(prefix: &str) -> Result<Self, String> {
        let is_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !prefix.starts_with(|c: char| c.is_ascii_lowercase())
            || prefix.len() > MAX_PREFIX
            || prefix.ends_with('_')
            || prefix.contains("__")
            || !prefix.chars().all(is_good)
        {
            return Err(format!(
                "`{prefix}` is no prefix for API keys: it begins with a letter and has at most {MAX_PREFIX} lower-case \
                 letters, digits and single `_` between them, such as `shop_pat`"
            ));
        }
        Ok(Self(format!("{prefix}_")))
    }

    /// Whether the text claims to be a key: whatever begins like one is nothing else.
    pub(crate) fn begins(&self, text: &str) -> bool {
        text.starts_with(&self.0)
    }

    /// Returns the text of a new key.
    pub(crate) fn new_key(&self, source: &dyn Random) -> Result<Zeroizing<String>, RandomError> {
        let bytes = Zeroizing::new(random::<32>(source)?);
        let secret = Zeroizing::new(base62(&*bytes, SECRET_CHARS));
        let mut text = Zeroizing::new(String::with_capacity(self.0.len() + SECRET_CHARS + SUM_CHARS));
        text.push_str(&self.0);
        text.push_str(&secret);
        text.push_str(&sum_of(&secret));
        Ok(text)
    }

    /// Returns the id of the key with this text; `None` if it cannot be one.
    pub(crate) fn id(&self, text: &str) -> Option<ApiKeyId> {
        let rest = text.strip_prefix(&*self.0)?;
        if rest.len() != SECRET_CHARS + SUM_CHARS || !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let (secret, sum) = rest.split_at(SECRET_CHARS);
        // Nobody learns a secret by it: the sum follows from the rest of the text.
        (sum == sum_of(secret)).then(|| ApiKeyId::from_bytes(Sha256::digest(text).into()))
    }
}

fn sum_of(secret: &str) -> String {
    base62(&crc32(secret.as_bytes()).to_be_bytes(), SUM_CHARS)
}

/// Writes a number, the most significant byte first, with so many digits.
fn base62(bytes: &[u8], digits: usize) -> String {
    let mut number = Zeroizing::new(bytes.to_vec());
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        let mut rest: u32 = 0;
        for byte in number.iter_mut() {
            let part = rest << 8 | u32::from(*byte);
            *byte = u8::try_from(part / 62).unwrap_or(u8::MAX);
            rest = part % 62;
        }
        *digit = ALPHABET.get(rest as usize).copied().unwrap_or(b'0');
    }
    String::from_utf8(text).unwrap_or_default()
}

/// The CRC-32 of zip, gzip and Ethernet. It is for mistakes and for scanners, not against anybody, so eight lines do what
/// a dependency would.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ALPHABET, KeyPrefix, base62, crc32};
    use crate::base::random::OsRandom;

    fn prefix() -> KeyPrefix {
        KeyPrefix::parse("shop_pat").unwrap()
    }

    #[test]
    fn ak_01_keys_have_the_promised_format() {
        let key = prefix().new_key(&OsRandom).unwrap();
        let rest = key.strip_prefix("shop_pat_").unwrap();
        assert_eq!(rest.len(), 49);
        assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{rest}");
        assert_ne!(*key, *prefix().new_key(&OsRandom).unwrap());
        assert!(prefix().id(&key).is_some());
    }

    #[test]
    fn ak_07_the_checksum_is_the_published_one() {
        // The check value of the catalogue of CRCs, and numbers that are easily written.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(base62(&61_u32.to_be_bytes(), 6), "00000z");
        assert_eq!(base62(&(62_u32 * 62 + 1).to_be_bytes(), 6), "000101");
        assert_eq!(base62(&u32::MAX.to_be_bytes(), 6), "4gfFC3");
        assert_eq!(base62(&[0xFF; 32], 43).len(), 43);
        let random = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";
        let text = format!("shop_pat_{random}{}", base62(&crc32(random.as_bytes()).to_be_bytes(), 6));
        assert!(prefix().id(&text).is_some());
    }

    #[test]
    fn a_prefix_is_a_word_that_scanners_find() {
        for good in ["s", "shop", "shop_pat", "a1_2", &"a".repeat(32)] {
            assert!(KeyPrefix::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "_", "Shop", "1shop", "shop_", "_shop", "shop__pat", "shop-pat", "shöp", "a b", &"a".repeat(33)]
        {
            assert!(KeyPrefix::parse(bad).is_err(), "{bad}");
        }
        // What comes after the prefix cannot belong to it: nothing else of ours begins like a key.
        assert!(!prefix().begins("shop_pat") && !prefix().begins("shop_pa_") && prefix().begins("shop_pat_"));
    }

    proptest! {
        #[test]
        fn ak_11_no_changed_character_keeps_the_sum(place in 0_usize..49, with in 0_usize..62) {
            let key = prefix().new_key(&OsRandom).unwrap();
            let mut bytes = key.as_bytes().to_vec();
            let changed = &mut bytes[9 + place];
            prop_assume!(*changed != ALPHABET[with]);
            *changed = ALPHABET[with];
            prop_assert!(prefix().id(std::str::from_utf8(&bytes).unwrap()).is_none());
        }

        #[test]
        fn any_text_is_a_key_or_none(text in "(shop_pat_)?[ -~éA-Za-z0-9]{0,60}") {
            if let Some(id) = prefix().id(&text) {
                prop_assert_eq!(prefix().id(&text), Some(id));
            }
        }
    }
}
