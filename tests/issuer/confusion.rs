//! Tokens that somebody else made, or that the issuer made for something else.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};

use auth::issuer::{Issuer, SignatureAlgorithm};
use auth_tests::forge::{decode, encode, sign_with};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::keys::{Key, set_of};
use crate::person::{AUDIENCE, URL, built, claims, is_refused, issuer, whose};

/// One element of DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match u8::try_from(length) {
        Ok(short) if short < 0x80 => vec![tag, short],
        _ => vec![tag, 0x82, u8::try_from(length >> 8).unwrap(), u8::try_from(length & 0xff).unwrap()],
    };
    [head, content.to_vec()].concat()
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n")).into_bytes()
}

/// The public key of RSA in every form in which somebody could have it at hand as a secret.
fn encodings() -> Vec<(&'static str, Vec<u8>)> {
    let jwk = Key::RSA.public();
    let modulus = decode(jwk["n"].as_str().unwrap());
    let pkcs1 = der(0x30, &[der(2, &[&[0], &modulus[..]].concat()), der(2, &[1, 0, 1])].concat());
    let rsa_encryption = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];
    let bits = der(3, &[&[0], &pkcs1[..]].concat());
    let spki = der(0x30, &[&rsa_encryption[..], &bits].concat());
    vec![
        ("the modulus", modulus),
        ("PKCS #1", pkcs1.clone()),
        ("PKCS #1, PEM", pem("RSA PUBLIC KEY", &pkcs1)),
        ("SPKI", spki.clone()),
        ("SPKI, PEM", pem("PUBLIC KEY", &spki)),
        ("SPKI, PEM, without a line end", pem("PUBLIC KEY", &spki).trim_ascii_end().to_vec()),
        ("SPKI, PEM, after a blank", [b" ", &pem("PUBLIC KEY", &spki)[..]].concat()),
        ("JWK", Key::RSA.jwk().to_string().into_bytes()),
        ("JWK set", set_of([Key::RSA.jwk()]).into_bytes()),
        ("n as text", jwk["n"].as_str().unwrap().as_bytes().to_vec()),
    ]
}

#[tokio::test]
async fn jwt_02_and_f_05_macs_with_the_public_key_are_refused() {
    let issuer = issuer(&[Key::RSA]);
    for (name, secret) in encodings() {
        for header in [
            json!({ "alg": "HS256", "kid": "rsa", "typ": "at+jwt" }),
            json!({ "alg": "RS256", "kid": "rsa", "typ": "at+jwt" }),
            json!({ "alg": "HS256", "typ": "at+jwt" }),
        ] {
            let token = sign_with(&secret, header.to_string(), claims().to_string());
            assert!(is_refused(&issuer, &token).await, "{name}: {header}");
        }
    }
}

#[tokio::test]
async fn f_05_a_published_secret_signs_nothing() {
    let secret = [7; 32];
    let oct = json!({ "kty": "oct", "kid": "oct", "alg": "HS256", "k": encode(secret) });
    let issuer = built(Issuer::new(URL), &[Key::RSA]);
    let with_oct = Issuer::new(URL).audience(AUDIENCE).keys(set_of([oct, Key::RSA.jwk()]));
    let with_oct = with_oct.clock(auth::testing::ManualClock::default()).build().unwrap();
    let header = json!({ "alg": "HS256", "kid": "oct", "typ": "at+jwt" }).to_string();
    let token = sign_with(&secret, header, claims().to_string());
    assert!(is_refused(&issuer, &token).await && is_refused(&with_oct, &token).await);
}

#[tokio::test]
async fn jwt_01_unsigned_tokens_are_refused() {
    let issuer = issuer(&[Key::RSA]);
    for alg in ["none", "None", "NONE", "nOnE", "", "null", "rs256", "RS256\u{0}", "HS256"] {
        for kid in [json!({}), json!({ "kid": "rsa" })] {
            let mut header = json!({ "alg": alg, "typ": "at+jwt" });
            header.as_object_mut().unwrap().extend(kid.as_object().unwrap().clone());
            for signature in ["", "AA", &encode([0; 256])] {
                let token = format!("{}.{}.{signature}", encode(header.to_string()), encode(claims().to_string()));
                assert!(is_refused(&issuer, &token).await, "{header} {signature:.4}");
            }
        }
    }
}

#[tokio::test]
async fn jwt_05_keys_that_a_token_brings_are_never_used() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let url = format!("http://{}/jwks.json", trap.local_addr().unwrap());
    let issuer = issuer(&[Key::RSA]);
    let own = Key::OTHER_RSA;
    for more in [
        json!({ "jwk": own.jwk() }),
        json!({ "jwk": own.jwk_called("rsa") }),
        json!({ "jku": url, "x5u": url }),
        json!({ "x5c": [STANDARD.encode(b"a certificate")], "x5t": "AA" }),
        json!({ "iss": url }),
    ] {
        for kid in ["rsa", "other_rsa", &url] {
            let mut header = json!({ "alg": "RS256", "kid": kid, "typ": "at+jwt" });
            header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let token = own.token_of(header.to_string(), claims().to_string());
            assert!(is_refused(&issuer, &token).await, "{header}");
        }
    }
    assert_eq!(trap.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody has connected");
    let _planted = TcpStream::connect(trap.local_addr().unwrap()).unwrap();
    assert!(trap.accept().is_ok(), "the trap sees connections");
}

#[tokio::test]
async fn jwt_06_names_of_keys_are_only_compared() {
    let issuer = issuer(&[Key::RSA, Key::OTHER_RSA]);
    for kid in [
        "",
        "RSA",
        "rsa ",
        "rsa\u{0}",
        "../../../../dev/null",
        "/etc/passwd",
        "' OR 1=1--",
        "rsa' UNION SELECT 'AA",
        "http://127.0.0.1/keys",
        "*",
        "%00",
        &"k".repeat(900),
    ] {
        let header = json!({ "alg": "RS256", "kid": kid, "typ": "at+jwt" });
        let token = Key::RSA.token_of(header.to_string(), claims().to_string());
        assert!(is_refused(&issuer, &token).await, "{kid:.40}");
    }
    for kid in ["[\"rsa\"]", "{}", "7", "true", "null"] {
        let header = format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":{kid}}}"#);
        assert!(is_refused(&issuer, &Key::RSA.token_of(header, claims().to_string())).await, "{kid}");
    }
}

#[tokio::test]
async fn jwt_08_tokens_with_critical_extensions_are_refused() {
    let issuer = issuer(&[Key::P256]);
    for more in [
        json!({ "crit": ["b64"], "b64": false }),
        json!({ "crit": ["exp"], "exp": 1 }),
        json!({ "crit": [] }),
        json!({ "crit": null }),
    ] {
        let mut header = Key::P256.header();
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert!(is_refused(&issuer, &Key::P256.token_of(header.to_string(), claims().to_string())).await, "{header}");
    }
}

#[tokio::test]
async fn f_05_another_curve_or_another_key_signs_nothing() {
    let issuer = issuer(&[Key::P256, Key::P384, Key::ED25519, Key::RSA]);
    for (named, signer) in [
        (Key::P256, Key::OTHER_P256),
        (Key::P256, Key::P384),
        (Key::P384, Key::P256),
        (Key::ED25519, Key::OTHER_ED25519),
        (Key::ED25519, Key::P256),
        (Key::RSA, Key::OTHER_RSA),
    ] {
        let token = signer.token_of(named.header().to_string(), claims().to_string());
        assert!(is_refused(&issuer, &token).await, "{named:?} {signer:?}");
        assert_eq!(whose(&issuer, &named.token(&claims())).await.unwrap(), "ada", "the control");
    }
}

#[tokio::test]
async fn f_05_encryption_keys_and_short_keys_verify_nothing() {
    let encryption = |key: Key| {
        let mut jwk = key.jwk();
        jwk["use"] = json!("enc");
        jwk
    };
    let short = |length: usize| {
        let x = decode(Key::ED25519.public()["x"].as_str().unwrap());
        let x: Vec<u8> = x.iter().copied().cycle().take(length).collect();
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": format!("short {length}"), "x": encode(x) })
    };
    let lengths = [0, 1, 31, 33, 64];
    let mut jwks: Vec<Value> = lengths.into_iter().map(short).collect();
    jwks.extend([encryption(Key::RSA), encryption(Key::P384), Key::P256.jwk()]);
    let issuer = Issuer::new(URL).audience(AUDIENCE).keys(set_of(jwks));
    let issuer = issuer.clock(auth::testing::ManualClock::default()).build().unwrap();
    assert_eq!(whose(&issuer, &Key::P256.token(&claims())).await.unwrap(), "ada", "its neighbours do not matter");
    for key in [Key::RSA, Key::P384] {
        assert!(is_refused(&issuer, &key.token(&claims())).await, "{key:?}");
    }
    for length in lengths {
        let header = json!({ "alg": "EdDSA", "kid": format!("short {length}"), "typ": "at+jwt" });
        let token = Key::ED25519.token_of(header.to_string(), claims().to_string());
        assert!(is_refused(&issuer, &token).await, "{length}");
    }
}

#[tokio::test]
async fn jwt_26_signatures_of_other_forms_are_refused() {
    let issuer = issuer(&[Key::P256, Key::P384, Key::ED25519]);
    for key in [Key::P256, Key::P384, Key::ED25519] {
        let token = key.token(&claims());
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = decode(signature);
        let half = signature.len() / 2;
        let (r, s) = signature.split_at(half);
        let zero = vec![0; half];
        let integer = |bytes: &[u8]| der(2, &[&[0], bytes].concat());
        let forms = [
            vec![],
            [&zero[..], s].concat(),
            [r, &zero[..]].concat(),
            [&zero[..], &zero[..]].concat(),
            vec![0xff; 2 * half],
            signature[1..].to_vec(),
            signature[..2 * half - 1].to_vec(),
            [&signature[..], &[0]].concat(),
            [&[0], &signature[..]].concat(),
            [s, r].concat(),
            der(0x30, &[integer(r), integer(s)].concat()),
        ];
        for form in forms {
            let token = format!("{message}.{}", encode(&form));
            assert!(is_refused(&issuer, &token).await, "{key:?} {form:02x?}");
        }
        assert_eq!(whose(&issuer, &token).await.unwrap(), "ada", "the control");
    }
}

#[tokio::test]
async fn rsa_signatures_of_other_lengths_are_refused() {
    let issuer = issuer(&[Key::RSA]);
    let pss = Key { algorithm: SignatureAlgorithm::Ps256, ..Key::RSA };
    for key in [Key::RSA, pss] {
        let token = key.token_of(Key::RSA.header().to_string(), claims().to_string());
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = decode(signature);
        for form in
            [&signature[1..], &signature[..255], &[&[0], &signature[..]].concat(), &[&signature[..], &[0]].concat()]
        {
            assert!(is_refused(&issuer, &format!("{message}.{}", encode(form))).await, "{}", form.len());
        }
        assert_eq!(whose(&issuer, &token).await.is_ok(), key.algorithm == SignatureAlgorithm::Rs256);
    }
}
