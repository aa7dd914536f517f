use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::{Secret, SecretError, key_file};

fn why(text: &str) -> Option<&'static str> {
    match Secret::new(text) {
        Ok(_) => None,
        Err(SecretError::Guessable { why, .. }) => Some(why),
        Err(other) => panic!("{text}: {other}"),
    }
}

#[test]
fn unusable_key_file_error_says_what_to_do() {
    let path = std::env::temp_dir().join(format!("auth-key-{}", std::process::id()));
    std::fs::write(&path, "short\n").unwrap();
    let refused = key_file::read_or_create(&path);
    std::fs::remove_file(&path).unwrap();
    let Err(SecretError::BadFile { why, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(why, "it has 5 bytes, and a signing secret needs at least 32");
}

fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.concat()
}

#[test]
fn l11_published_secrets_are_refused_in_every_encoding() {
    // In two halves, so that a search for samples does not end here.
    for sample in [
        ["Zg1pQ0vXkq8uJ4mY", "t7wRb2NcE5sHd9aL"].concat(),
        ["Qm2Zg1pQ0vXkq8uJ", "4mYt7wRb2NcE5sHd"].concat(),
        ["9NHEPjhpDxhNc6ijrgF9Z", "X4gFcs50mpVZgMJgChn8EY"].concat(),
        ["09d25e094faa6ca2556c818166b7a956", "3b93f7099f6f0f4caa6cf63b88e8d3e7"].concat(),
    ] {
        let bytes = sample.as_bytes();
        for text in [
            sample.clone(),
            sample.to_uppercase(),
            format!("{sample}\n"),
            format!(" {sample}"),
            format!("prod-{sample}-1"),
            format!("base64:{}", Base64::encode_string(bytes)),
            format!("hex:{}", hex(bytes)),
        ] {
            assert_eq!(why(&text), Some("it is printed in documentation"), "{text}");
        }
        assert!(Secret::from_bytes(bytes).is_err());
    }
    assert!(why(&["hex:09d25e094faa6ca2556c818166b7a956", "3b93f7099f6f0f4caa6cf63b88e8d3e7"].concat()).is_some());
}

#[test]
fn l11_sequences_and_repetitions_of_any_alphabet_are_refused() {
    for text in [
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "01234567890123456789012345678901",
        "98765432109876543210987654321098",
        "0123456789abcdef0123456789abcdef",
        "fedcba9876543210fedcba9876543210",
        "zyxwvutsrqponmlkjihgfedcba987654",
        "acegikmoqsuwyacegikmoqsuwyacegik",
        "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        "αβγδεζηθικλμνξοπρστυφχψω",
        "あいうえおかきくけこさしすせそ",
        "qwertyuiopasdfghjklzxcvbnm123456",
        "QWERTYUIOP[]ASDFGHJKL;'ZXCVBNM,./",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,",
        "йцукенгшщзхъфывапролджэячсмитьбю",
        "k7Jq2xVbk7Jq2xVbk7Jq2xVbk7Jq2xVb",
        "k7Jq2xVbR4k7Jq2xVbR4-k7Jq2xVbR4k7Jq2xVbR4",
        "deadbeefcafebabedeadbeefcafebabe",
        "aaaaaaaaaaaaaaaabbbbbbbbccccddeeffgghhii",
        "hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "change this before you go live!!",
    ] {
        assert!(why(text).is_some(), "{text}");
    }
    assert!(Secret::from_bytes((0..64).rev().collect::<Vec<u8>>()).is_err());
    assert!(Secret::from_bytes((0..64).map(|n| n * 3).collect::<Vec<u8>>()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn l11_random_bytes_are_accepted_however_they_are_written(bytes in any::<[u8; 32]>()) {
        // What proptest generates first is not random at all.
        let bytes: [u8; 32] = Sha256::digest(bytes).into();
        let hex = hex(&bytes);
        let digits: Vec<_> = bytes.iter().map(|byte| format!("{:02}", byte % 100)).collect();
        let digits = digits.concat();
        let base64 = Base64::encode_string(&bytes);
        for text in [hex.clone(), digits, format!("hex:{hex}"), format!("base64:{base64}"), base64] {
            prop_assert!(Secret::new(&text).is_ok(), "{}", text);
        }
        prop_assert!(Secret::new(Base64UrlUnpadded::encode_string(&bytes)).is_ok());
        prop_assert!(Secret::from_bytes(bytes).is_ok());
    }
}

#[test]
fn b24_only_the_line_end_of_a_secret_is_trimmed() {
    let text = Base64UrlUnpadded::encode_string(Secret::generate().unwrap().expose());
    for end in ["\n", "\r\n", "\r", "\n\n"] {
        let whole = format!("{text}{end}");
        let secret = Secret::new(&whole).unwrap();
        assert_eq!(secret.expose(), whole.as_bytes(), "as it is, for a pepper");
        let (signing, former) = secret.without_line_end();
        assert_eq!(signing.expose(), text.as_bytes());
        assert_eq!(former.unwrap().expose(), whole.as_bytes());
        // Bytes are nobody's text.
        let bytes = Secret::from_bytes(whole.clone()).unwrap();
        let (signing, former) = bytes.without_line_end();
        assert!(signing.expose() == whole.as_bytes() && former.is_none() && bytes.odd_end().is_none());
    }
    for other in [format!("\n{text}"), format!("{text} "), format!("\"{text}\""), text.clone()] {
        let (signing, former) = Secret::new(&other).unwrap().without_line_end();
        assert!(signing.expose() == other.as_bytes() && former.is_none(), "{other}");
    }
    // Without its line end it would be too short: what starts today starts tomorrow.
    let short = format!("{}\n", &text[..31]);
    let (signing, former) = Secret::new(&short).unwrap().without_line_end();
    assert!(signing.expose() == short.as_bytes() && former.is_none());
    let decoded = format!("base64:{}\n", Base64::encode_string(&[text.as_bytes(), b"\n"].concat()));
    let (signing, former) = Secret::new(&decoded).unwrap().without_line_end();
    assert!(signing.expose().ends_with(b"\n") && former.is_none(), "a decoded value is what was encoded");
}

#[test]
fn b24_odd_ends_are_named() {
    let text = Base64UrlUnpadded::encode_string(Secret::generate().unwrap().expose());
    for (odd, end) in [
        (format!("{text}\n"), Some("a line end")),
        (format!(" {text}"), Some("a blank")),
        (format!("{text}\t"), Some("a blank")),
        (format!("\u{feff}{text}"), Some("a blank")),
        (format!("{text}\u{a0}"), Some("a blank")),
        (format!("\"{text}\""), Some("a quote")),
        (format!("{text}'"), Some("a quote")),
        (format!("“{text}”"), Some("a quote")),
        (text.clone(), None),
    ] {
        assert_eq!(Secret::new(&odd).unwrap().odd_end(), end, "{odd:?}");
    }
}

#[test]
fn start_up_errors_contain_no_usable_secret() {
    for error in [Secret::new("short").unwrap_err(), Secret::env("AUTH_NO_SUCH_VARIABLE").unwrap_err()] {
        for text in [error.to_string(), format!("{error:?}")] {
            let long = |word: &str| word.len() >= 32 && Secret::new(word).is_ok();
            assert!(!text.split(|c: char| c.is_whitespace() || "\"=`()".contains(c)).any(long), "{text}");
        }
        assert!(error.to_string().contains("head -c 32 /dev/urandom | base64"), "{error}");
    }
}
