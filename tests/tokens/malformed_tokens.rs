//! Tokens that are not three base64url parts around a small JSON object, and tokens with one bit changed.

use serde_json::{Value, json};

use auth_tests::app::SECRET;
use auth_tests::forge::{Victim, claims_of, decode, encode, header, hmac, sign, signing_key};

#[tokio::test]
async fn jwt_20_only_compact_form_with_three_parts_is_accepted() {
    let victim = Victim::new().await;
    let token = &victim.token;
    let parts: Vec<&str> = token.split('.').collect();
    let [head, payload, signature] = parts[..] else { panic!("{token}") };
    let json = json!({ "protected": head, "payload": payload, "signature": signature }).to_string();
    let general =
        json!({ "payload": payload, "signatures": [{ "protected": head, "signature": signature }] }).to_string();
    let shapes = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        head.to_owned(),
        format!("{head}."),
        format!("{head}.{payload}"),
        format!("{head}.{payload}."),
        format!("{head}.{signature}"),
        format!("{head}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{head}.{payload}.{payload}.{signature}"),
        format!("{head}.{head}.{payload}.{signature}"),
        format!("{head}.{payload}.{signature}.{signature}.{signature}"),
        format!("{payload}.{head}.{signature}"),
        format!("{token}{token}"),
        json.clone(),
        general.clone(),
        encode(json),
        encode(general),
    ];
    for shape in shapes {
        let answer = victim.app.get("/claims", &shape).await;
        assert_eq!(answer.is(401).code(), "invalid_token", "{shape}");
    }
}

#[tokio::test]
async fn jwt_20_non_canonical_base64url_is_refused() {
    let victim = Victim::new().await;
    let token = &victim.token;
    // The last character of a 32-byte signature has two unused bits, so four letters decode to the same value.
    let (most, last) = token.split_at(token.len() - 1);
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for letter in alphabet.iter().map(|letter| char::from(*letter)).filter(|letter| !last.starts_with(*letter)) {
        victim.refuses(&format!("{most}{letter}"), "another last character").await;
    }
    let dots: Vec<usize> = token.match_indices('.').map(|(place, _)| place).chain([token.len()]).collect();
    for insert in ["=", "==", "+", "/", "~", "-", "A"] {
        for place in &dots {
            let (start, end) = token.split_at(*place);
            victim.refuses(&format!("{start}{insert}{end}"), insert).await;
        }
    }
    for blank in [" ", "\t", ",", ";", "\"", "%2e", "\\"] {
        for place in dots.iter().copied().chain([3]) {
            let (start, end) = token.split_at(place);
            let changed = format!("{start}{blank}{end}");
            // HTTP parsers strip whitespace at the end of a field value; passed in unstripped, it is refused as well.
            victim.refuses(&changed, blank).await;
        }
    }
}

#[tokio::test]
async fn jwt_21_an_encrypted_token_is_refused() {
    let victim = Victim::new().await;
    let head = encode(r#"{"alg":"dir","enc":"A256GCM","zip":"DEF","typ":"at+jwt"}"#);
    for token in [format!("{head}..AAAA.AAAA.AAAA"), format!("{}..AAAA.AAAA.AAAA", encode(header()))] {
        victim.refuses(&token, "five parts").await;
    }
}

#[tokio::test]
async fn jwt_22_token_over_eight_kibibytes_is_refused_undecoded() {
    let victim = Victim::new().await;
    // Correctly signed and valid except for its length, so only the limit refuses it.
    let long = |name: usize| {
        let mut claims = victim.claims.clone();
        claims.insert("display_name".into(), "x".repeat(name).into());
        sign(header(), Value::Object(claims).to_string())
    };
    let mut fits = 5_000;
    while long(fits + 1).len() <= 8 * 1024 - "Bearer ".len() {
        fits += 1;
    }
    victim.app.get("/claims", &long(fits)).await.is(200);
    for name in [fits + 1, 20_000, 1 << 20] {
        let token = long(name);
        assert!(token.len() > 8 * 1024 - "Bearer ".len());
        let answer = victim.app.get("/claims", &token).await;
        assert!(matches!(answer.status.as_u16(), 401 | 431), "{}", answer.status);
        assert!(matches!(answer.code().as_str(), "invalid_token" | "header_too_large"));
    }
    let dots = victim.app.get("/claims", &".".repeat(4 << 20)).await;
    assert_eq!(dots.is(431).code(), "header_too_large");
}

#[tokio::test]
async fn jwt_23_deep_and_wide_payloads_are_refused_without_a_crash() {
    let victim = Victim::new().await;
    for depth in [200, 2_900] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let inside = ["display_name", "aud", "amr", "exp"].map(|name| victim.raw(name, &nested));
            let whole = sign(header(), &nested);
            for token in inside.into_iter().chain([whole]).filter(|token| token.len() < 8 * 1024 - 7) {
                victim.refuses(&token, &format!("{depth} × {open}")).await;
            }
            let unclosed = sign(header(), open.repeat(depth));
            if unclosed.len() < 8 * 1024 - 7 {
                victim.refuses(&unclosed, open).await;
            }
        }
    }
    let deep = sign(header(), "[".repeat(100_000));
    assert_eq!(victim.app.get("/claims", &deep).await.status, 431);
    let wide: String = (0..600).map(|n| format!("\"{n}\":0,")).collect();
    victim.refuses(&sign(header(), format!("{{{wide}}}")), "trailing comma").await;
}

#[tokio::test]
async fn jwt_24_payload_that_is_no_json_object_is_refused() {
    let victim = Victim::new().await;
    let payload = Value::Object(victim.claims.clone()).to_string();
    let utf16: Vec<u8> = payload.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let in_order: Vec<&Value> = ["iss", "aud", "sub", "iat", "exp"].iter().map(|name| &victim.claims[*name]).collect();
    let rest: Vec<&Value> = ["jti", "sid", "auth_time", "amr", "gen", "role", "display_name"]
        .iter()
        .map(|name| &victim.claims[*name])
        .collect();
    let list = json!([in_order, rest]).to_string().replace("],[", ",null,");
    let list = list.trim_start_matches('[').trim_end_matches(']');
    for bytes in [
        b"\xff\xfe".to_vec(),
        utf16,
        format!("\u{feff}{payload}").into_bytes(),
        payload.replace("Ada", "A\u{0}").replace('\u{0}', "\u{1}").into_bytes(),
        [payload.as_bytes().split_at(20).0, b"\xc3\x28", payload.as_bytes().split_at(20).1].concat(),
        payload.replace("Ada", "@").into_bytes().iter().map(|b| if *b == b'@' { 0xff } else { *b }).collect(),
        payload.replace("Ada", "\\ud800").into_bytes(),
        format!("{payload}{payload}").into_bytes(),
        format!("{payload}\0").into_bytes(),
        payload.trim_end_matches('}').to_owned().into_bytes(),
        payload.replace('"', "'").into_bytes(),
        format!("[{payload}]").into_bytes(),
        format!("[{list}]").into_bytes(),
        format!("\"{}\"", payload.replace('"', "\\\"")).into_bytes(),
        b"null".to_vec(),
        b"".to_vec(),
        b"{}".to_vec(),
    ] {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        victim.refuses(&sign(header(), &bytes), &shown).await;
    }
}

#[tokio::test]
async fn jwt_25_every_single_bit_matters() {
    let victim = Victim::new().await;
    assert!(victim.accepts(&victim.token).await);
    let parts: Vec<Vec<u8>> = victim.token.split('.').map(decode).collect();
    for part in 0..3 {
        for bit in 0..parts[part].len() * 8 {
            let mut changed = parts.clone();
            changed[part][bit / 8] ^= 1 << (bit % 8);
            let token = changed.iter().map(encode).collect::<Vec<_>>().join(".");
            assert_eq!(victim.app.get("/claims", &token).await.status, 401, "part {part}, bit {bit}");
        }
        for length in 0..parts[part].len() {
            let mut cut = parts.clone();
            cut[part].truncate(length);
            let token = cut.iter().map(encode).collect::<Vec<_>>().join(".");
            assert_eq!(victim.app.get("/claims", &token).await.status, 401, "part {part} cut to {length}");
        }
    }
    // Then each bit of the text itself, as sent.
    for bit in 0..victim.token.len() * 8 {
        let mut bytes = format!("Bearer {}", victim.token).into_bytes();
        bytes["Bearer ".len() + bit / 8] ^= 1 << (bit % 8);
        if axum::http::HeaderValue::from_bytes(&bytes).is_err() {
            continue; // not a valid header value
        }
        let answer = victim.app.send(auth_tests::Call::get("/claims").header("authorization", &bytes)).await;
        assert_eq!(answer.status, 401, "bit {bit} of the text");
    }
}

#[tokio::test]
async fn jwt_25_foreign_and_truncated_signatures_are_refused() {
    let victim = Victim::new().await;
    let (message, signature) = victim.token.rsplit_once('.').unwrap();
    let signature = decode(signature);
    let other = victim.app.login("ada@example.org", auth_tests::app::PASSWORD).await.is(200).access_token();
    for wrong in [
        Vec::new(),
        signature[..31].to_vec(),
        signature[..16].to_vec(),
        [&signature[..], &[0]].concat(),
        [&signature[..], &signature[..]].concat(),
        vec![0; 32],
        signature.iter().rev().copied().collect(),
        hmac(&signing_key(SECRET, "User:users"), &signature),
        decode(other.rsplit_once('.').unwrap().1),
    ] {
        victim.refuses(&format!("{message}.{}", encode(&wrong)), "another signature").await;
    }
}

#[tokio::test]
async fn jwt_29_token_has_exactly_the_listed_claims() {
    const ALLOWED: [&str; 13] = [
        "iss",
        "aud",
        "sub",
        "iat",
        "exp",
        "jti",
        "sid",
        "auth_time",
        "amr",
        "gen",
        "auth_store",
        "role",
        "display_name",
    ];
    let victim = Victim::new().await;
    let refreshed = victim.app.refresh(&victim.refresh).await.is(200);
    let login = victim.app.login("ada@example.org", auth_tests::app::PASSWORD).await.is(200);
    for token in [victim.token.clone(), refreshed.access_token(), login.access_token()] {
        let claims = claims_of(&token);
        assert!(claims.keys().all(|name| ALLOWED.contains(&name.as_str())), "{claims:?}");
        let text = Value::Object(claims).to_string();
        for private in ["ada@example.org", "argon2", "password", "email"] {
            assert!(!text.contains(private), "{private} in {text}");
        }
    }
}
