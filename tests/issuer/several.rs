//! Several issuers whose tokens are about the same people: each judges its own tokens.

use auth::issuer::{IntrospectionClient, Issuer, IssuerBuilder};
use auth::testing::ManualClock;
use auth_tests::forge::encode;
use serde_json::{Value, json};

use crate::fake::{Fake, Reply};
use crate::keys::{Key, published};
use crate::person::{AUDIENCE, Person, claims, is_refused, now, whose};

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

/// An issuer of opaque tokens, which says this of all of them.
fn opaque(answer: &Value) -> IssuerBuilder<Person> {
    let fake = Fake::at("https://as.example.org/introspect", &[]);
    fake.reply(Reply::Keys(answer.to_string(), ""));
    let builder = Issuer::introspect("https://as.example.org/introspect", IntrospectionClient::basic("api", "secret"));
    builder.audience(AUDIENCE).fetch(fake).clock(ManualClock::default())
}

/// What is said of a token of this issuer that never expires.
fn said_of(iss: &str) -> Value {
    json!({ "active": true, "sub": "boss", "aud": AUDIENCE, "iss": iss })
}

#[tokio::test]
async fn an_opaque_issuer_does_not_speak_for_another_one() {
    let beside = |answer: &Value| {
        let members = [one(A, Key::P256), opaque(answer).build().unwrap(), one(B, Key::ED25519)];
        Issuer::any(members).unwrap()
    };
    for other in [A, B] {
        assert!(is_refused(&beside(&said_of(other)), "opaque-token").await, "{other}");
    }
    let fine = beside(&said_of("https://as.example.org"));
    assert_eq!(whose(&fine, "opaque-token").await.unwrap(), "boss");
    let alone = opaque(&said_of(B)).build().unwrap();
    assert_eq!(whose(&alone, "opaque-token").await.unwrap(), "boss");
    // Nor in a handle that is made of handles, from an answer that it has already.
    let both = Issuer::any([Issuer::any([alone]).unwrap(), one(B, Key::ED25519)]).unwrap();
    assert!(is_refused(&both, "opaque-token").await);
}

/// With `also_known_as`, an application says that both are one issuer.
#[tokio::test]
async fn one_issuer_with_tokens_of_both_kinds_is_accepted() {
    let its_own = opaque(&said_of(A)).also_known_as(A).build().unwrap();
    let both = Issuer::any([one(A, Key::P256), its_own, one(B, Key::ED25519)]).unwrap();
    let verified = both.verify("opaque-token").await.unwrap();
    assert_eq!(verified.registered.issuer(), A);
    // By the rules for signed ones, which must have `exp`, it would have expired.
    assert!(both.still_valid(&verified));
    assert_eq!(whose(&both, &Key::P256.token(&of(A))).await.unwrap(), "ada");
}

#[tokio::test]
async fn whoever_judged_a_token_says_whether_it_still_counts() {
    let clock = ManualClock::default();
    let signed = Issuer::<Person>::new(A).audience(AUDIENCE).keys(published(&[Key::P256])).clock(clock.clone());
    let both = Issuer::any([opaque(&said_of(A)).build().unwrap(), signed.build().unwrap()]).unwrap();
    let verified = both.verify(&Key::P256.token(&of(A))).await.unwrap();
    assert!(both.still_valid(&verified));
    // The clock of the issuer that signed it goes on, that of the other one stands.
    clock.advance(std::time::Duration::from_secs(361));
    assert_eq!(verified.registered.expires_at().as_secs(), now() + 300);
    assert!(!both.still_valid(&verified));
}
