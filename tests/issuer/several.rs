//! Several issuers whose tokens are about the same people: each judges its own tokens.

use auth::issuer::Issuer;
use auth::testing::ManualClock;
use auth_tests::forge::encode;
use serde_json::{Value, json};

use crate::keys::{Key, published};
use crate::person::{AUDIENCE, Person, claims, is_refused, whose};

const A: &str = "https://a.example";
const B: &str = "https://b.example";

fn one(url: &str, key: Key) -> Issuer<Person> {
    let builder = Issuer::new(url).audience(AUDIENCE).keys(published(&[key]));
    builder.clock(ManualClock::default()).build().unwrap()
}

fn of(issuer: &str) -> Value {
    let mut claims = claims();
    claims["iss"] = json!(issuer);
    claims
}

#[tokio::test]
async fn each_issuer_judges_the_tokens_that_name_it() {
    let both = Issuer::any([one(A, Key::P256), one(B, Key::ED25519)]).unwrap();
    assert_eq!(whose(&both, &Key::P256.token(&of(A))).await.unwrap(), "ada");
    let verified = both.verify(&Key::ED25519.token(&of(B))).await.unwrap();
    assert_eq!(verified.registered.issuer(), B);
    assert!(both.still_valid(&verified));
    assert!(is_refused(&both, &Key::P256.token(&of(B))).await, "A signs, B is named");
    assert!(is_refused(&both, &Key::ED25519.token(&of(A))).await, "B signs, A is named");
    assert!(is_refused(&both, &Key::P256.token(&of("https://c.example"))).await);
    assert!(!one(A, Key::P256).still_valid(&verified), "a token of another issuer");
}

#[tokio::test]
async fn keys_with_the_same_name_are_not_confused() {
    let renamed = |key: Key| crate::keys::set_of([key.jwk_called("1")]);
    let issuer = |url: &str, key: Key| {
        let builder = Issuer::<Person>::new(url).audience(AUDIENCE).keys(renamed(key));
        builder.clock(ManualClock::default()).build().unwrap()
    };
    let both = Issuer::any([issuer(A, Key::P256), issuer(B, Key::OTHER_P256)]).unwrap();
    let header = json!({ "alg": "ES256", "kid": "1", "typ": "at+jwt" }).to_string();
    for (key, url, fine) in
        [(Key::P256, A, true), (Key::OTHER_P256, B, true), (Key::P256, B, false), (Key::OTHER_P256, A, false)]
    {
        let token = key.token_of(&header, of(url).to_string());
        assert_eq!(whose(&both, &token).await.is_ok(), fine, "{key:?} {url}");
    }
}

#[tokio::test]
async fn tokens_that_name_no_issuer_or_two_are_refused() {
    let both = Issuer::any([one(A, Key::P256), one(B, Key::ED25519)]).unwrap();
    let header = Key::P256.header().to_string();
    let claims = of(A).to_string();
    for payload in [
        claims.replacen("\"iss\":\"https://a.example\"", "\"x\":1", 1),
        claims.replacen('{', "{\"iss\":\"https://b.example\",", 1),
        claims.replacen("\"https://a.example\"", "[\"https://a.example\"]", 1),
        claims.replacen("\"https://a.example\"", "null", 1),
        "[]".to_owned(),
        String::new(),
    ] {
        assert_ne!(payload, claims);
        assert!(is_refused(&both, &Key::P256.token_of(&header, &payload)).await, "{payload}");
    }
    for token in ["", "a.b", "a.b.c", "....", &format!("{}.{}", encode(&header), encode(&claims)), &"a".repeat(1 << 20)]
    {
        assert!(is_refused(&both, token).await);
    }
}

#[tokio::test]
async fn each_issuer_keeps_its_own_audience() {
    let other = Issuer::<Person>::new(B).audience("b-api").keys(published(&[Key::ED25519]));
    let both = Issuer::any([one(A, Key::P256), other.clock(ManualClock::default()).build().unwrap()]).unwrap();
    assert!(is_refused(&both, &Key::ED25519.token(&of(B))).await);
    let mut claims = of(B);
    claims["aud"] = json!("b-api");
    assert_eq!(whose(&both, &Key::ED25519.token(&claims)).await.unwrap(), "ada");
    claims["iss"] = json!(A);
    assert!(is_refused(&both, &Key::P256.token(&claims)).await);
}
