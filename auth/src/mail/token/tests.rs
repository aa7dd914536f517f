use std::time::Duration;

use super::{MailPurpose, MailToken, OUTLIVES_BY};
use crate::base::clock::Timestamp;
use crate::store::Record;

const PURPOSE: MailPurpose = MailPurpose::ResetPassword;
const PURPOSES: &[MailPurpose] = &[PURPOSE];

fn token(key: &str, owner: &str, address: &str, purpose: &str) -> MailToken {
    let value = serde_json::json!({ "p": purpose, "a": address, "g": 3, "n": 5 }).to_string();
    let (kind, expires_at) = ("User:users.mail_token".to_owned(), Timestamp::from_secs(100) + OUTLIVES_BY);
    let (key, owner, changed_at) = (key.to_owned(), owner.to_owned(), Timestamp::default());
    MailToken::read(Record { kind, key, owner, value, version: 1, expires_at, changed_at }).unwrap()
}

#[test]
fn everything_that_a_token_is_bound_to_changes_it() {
    let key = [7; 32];
    let one = token("id", "7", "a", "reset");
    let mac = |token: &MailToken| token.mac(&key, b"link");
    for other in [
        token("id2", "7", "a", "reset"),
        token("id", "8", "a", "reset"),
        token("id", "7", "b", "reset"),
        token("id", "7", "a", "verify"),
        // The same characters, divided in another way.
        token("i", "d7", "a", "reset"),
        token("id", "", "a7", "reset"),
    ] {
        assert_ne!(mac(&one), mac(&other));
        assert_ne!(one.code(&key), other.code(&key));
    }
    assert_ne!(mac(&one), one.mac(&key, b"handle"));
    assert_ne!(mac(&one), one.mac(&[8; 32], b"link"));
    assert_ne!(super::fingerprint_with(&key, "7", "1@x"), super::fingerprint_with(&key, "71", "@x"));
}

#[test]
fn a_token_is_for_its_purpose_until_it_expires() {
    let one = token("id", "7", "a", "reset");
    assert!(one.is_for(PURPOSES, Timestamp::from_secs(99)));
    assert!(!one.is_for(PURPOSES, Timestamp::from_secs(100)));
    assert!(!token("id", "7", "a", "verify").is_for(PURPOSES, Timestamp::default()));
    assert!(PURPOSE.life() <= Duration::from_hours(24));
}

#[test]
fn codes_are_spread_over_eight_digits() {
    let key = [7; 32];
    let codes: Vec<u64> = (0..10_000).map(|number| token(&number.to_string(), "7", "a", "reset").code(&key)).collect();
    assert!(codes.iter().all(|code| *code < super::stored::CODES));
    for digit in 0..10 {
        let leading = codes.iter().filter(|code| **code / 10_000_000 == digit).count();
        assert!((800..1200).contains(&leading), "{digit}: {leading}");
    }
}
