//! Tokens that are none.

use auth::issuer::Issuer;
use auth_tests::forge::encode;
use serde_json::json;

use crate::keys::Key;
use crate::person::{URL, built, claims, is_refused, issuer, whose, with};

#[tokio::test]
async fn jwt_20_and_jwt_21_other_forms_are_refused() {
    let issuer = issuer(&[Key::P256]);
    let token = Key::P256.token(&claims());
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let json = json!({ "protected": header, "payload": payload, "signature": signature });
    for bad in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!(".{payload}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}.{payload}.{signature}."),
        format!("{header}.{payload}.{signature}.{signature}.{signature}"),
        format!("{header}.{payload}.{payload}.{signature}"),
        format!(".{header}.{payload}.{signature}"),
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("{token}="),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}=.{signature}"),
        format!("Bearer {token}"),
        format!("\"{token}\""),
        token.replace('_', "/").replace('-', "+") + "+",
        format!("{header}.{payload}.\u{e9}{signature}"),
        json.to_string(),
        "4d3f0a1b2c".to_owned(),
    ] {
        assert!(is_refused(&issuer, &bad).await, "{bad:.60}");
    }
    assert_eq!(whose(&issuer, &token).await.unwrap(), "ada");
}

#[tokio::test]
async fn jwt_20_a_last_character_has_one_spelling() {
    let issuer = built(Issuer::new(URL).token_cache(0), &[Key::P256]);
    let token = Key::P256.token(&claims());
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let accepted = async |token: &str| !is_refused(&issuer, token).await;
    let mut same = 0;
    for last in alphabet.chars() {
        let other = format!("{}{last}", &token[..token.len() - 1]);
        same += usize::from(accepted(&other).await);
    }
    assert_eq!(same, 1);
}

#[tokio::test]
async fn jwt_22_long_tokens_are_refused_before_they_are_read() {
    let long = |bytes: usize| {
        let token = |pad: usize| Key::P256.token(&with("pad", json!("x".repeat(pad))));
        // Three bytes are four characters.
        (bytes * 3 / 4 - 500..bytes).map(token).find(|token| token.len() >= bytes).unwrap()
    };
    let (usual, large) = (issuer(&[Key::P256]), built(Issuer::new(URL).large_tokens(), &[Key::P256]));
    assert!(!is_refused(&usual, &long(8_000)).await);
    assert!(is_refused(&usual, &long(8_193)).await && !is_refused(&large, &long(8_193)).await);
    assert!(is_refused(&large, &long(16_385)).await);
    for bad in [".".repeat(4 << 20), "A".repeat(4 << 20), format!("{}..", "A".repeat(4 << 20))] {
        assert!(is_refused(&usual, &bad).await);
    }
}

#[tokio::test]
async fn jwt_23_and_jwt_24_deep_or_foreign_payloads_are_refused() {
    let issuer = built(Issuer::new(URL).large_tokens(), &[Key::P256]);
    let utf_16: Vec<u8> = claims().to_string().encode_utf16().flat_map(u16::to_be_bytes).collect();
    let of_claims = claims().to_string();
    let payloads: [Vec<u8>; 10] = [
        b"".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\"claims\"".to_vec(),
        format!("[{of_claims}]").into_bytes(),
        format!("{of_claims}{of_claims}").into_bytes(),
        format!("\u{feff}{of_claims}").into_bytes(),
        utf_16,
        [of_claims.trim_end_matches('}').as_bytes(), b",\"x\":\"\xff\"}"].concat(),
        format!("{{\"x\":{}", "[".repeat(8_000)).into_bytes(),
    ];
    for payload in payloads {
        let token = Key::P256.token_of(Key::P256.header().to_string(), &payload);
        assert!(is_refused(&issuer, &token).await, "{:?}", String::from_utf8_lossy(&payload[..payload.len().min(40)]));
    }
    let many: String = (0..1_000).map(|number| format!("\"{number}\":0,")).collect();
    let payload = of_claims.replacen('{', &format!("{{{many}"), 1);
    assert!(!is_refused(&issuer, &Key::P256.token_of(Key::P256.header().to_string(), payload)).await, "odd, but right");
}

#[tokio::test]
async fn jwt_25_no_flipped_bit_is_accepted() {
    let issuer = built(Issuer::new(URL).token_cache(0), &[Key::P256]);
    let token = Key::P256.token(&claims());
    for place in 0..token.len() {
        // Every other bit in turn, so that debug builds of the pure-Rust backend finish.
        let mut bytes = token.clone().into_bytes();
        bytes[place] ^= 1 << (place % 7);
        let Ok(other) = String::from_utf8(bytes) else { continue };
        assert!(is_refused(&issuer, &other).await, "byte {place}");
    }
    assert_eq!(whose(&issuer, &token).await.unwrap(), "ada");
}

#[tokio::test]
async fn a_signature_belongs_to_its_payload() {
    let issuer = issuer(&[Key::ED25519]);
    let (one, other) = (Key::ED25519.token(&claims()), Key::ED25519.token(&with("sub", json!("eve"))));
    let (message, _) = one.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    assert!(is_refused(&issuer, &format!("{message}.{signature}")).await);
    let (header, _) = message.split_once('.').unwrap();
    let payload = encode(with("sub", json!("eve")).to_string());
    let (_, of_one) = one.rsplit_once('.').unwrap();
    assert!(is_refused(&issuer, &format!("{header}.{payload}.{of_one}")).await);
}
