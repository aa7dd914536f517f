//! Strangers cannot make this service send requests.

use std::time::Duration;

use auth::issuer::Issuer;
use auth::testing::ManualClock;
use auth_tests::forge::encode;
use serde_json::json;
use tokio::task::JoinSet;

use crate::fake::{Fake, settle};
use crate::keys::Key;
use crate::person::{Person, URL, is_refused, whose};

const OTHER: &str = "https://other.example.org";

/// A token of the issuer with an unknown key, which nobody has signed.
fn unknown(fake: &Fake, kid: &str) -> String {
    let header = json!({ "alg": "ES256", "kid": kid, "typ": "at+jwt" });
    format!("{}.{}.{}", encode(header.to_string()), encode(fake.claims().to_string()), encode([7; 64]))
}

async fn storm(issuer: &Issuer<Person>, tokens: Vec<String>) {
    let mut tasks = JoinSet::new();
    for chunk in tokens.chunks(tokens.len().div_ceil(64)) {
        let (issuer, chunk) = (issuer.clone(), chunk.to_vec());
        tasks.spawn(async move {
            for token in chunk {
                assert!(is_refused(&issuer, &token).await);
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f_01_and_key_13_a_thousand_unknown_keys_cause_one_fetch_a_minute() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.builder(&clock).build().unwrap();
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    assert_eq!(fake.asked(), 1);
    for minute in 1..=3 {
        storm(&issuer, (0..1_000).map(|number| unknown(&fake, &format!("{minute}-{number}"))).collect()).await;
        assert_eq!(fake.asked(), 1 + minute);
        clock.advance(Duration::from_millis(59_999));
        storm(&issuer, (0..64).map(|number| unknown(&fake, &format!("late-{number}"))).collect()).await;
        assert_eq!(fake.asked(), 1 + minute, "not a millisecond earlier");
        assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
        clock.advance(Duration::from_millis(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f_01_forged_signatures_cause_one_fetch_a_minute() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.builder(&clock).build().unwrap();
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    let forged: Vec<String> = (0..64).map(|_| unknown(&fake, "p256")).collect();
    storm(&issuer, forged.clone()).await;
    assert_eq!(fake.asked(), 2);
    clock.advance(Duration::from_secs(59));
    storm(&issuer, forged.clone()).await;
    storm(&issuer, (0..64).map(|number| unknown(&fake, &number.to_string())).collect()).await;
    assert_eq!(fake.asked(), 2, "both reasons together");
    clock.advance(Duration::from_secs(1));
    storm(&issuer, forged).await;
    assert_eq!(fake.asked(), 3);
}

#[tokio::test]
async fn f_04_a_token_of_one_issuer_asks_no_other() {
    let clock = ManualClock::default();
    let (a, b) = (Fake::at(URL, &[Key::P256]), Fake::at(OTHER, &[Key::ED25519]));
    let (of_a, of_b) = (a.issuer(&clock).await, b.issuer(&clock).await);
    let before = (a.urls().len(), b.urls().len());
    assert_eq!(before, (2, 2));
    for issuer in [of_b.clone(), Issuer::any([of_b.clone(), of_a.clone()]).unwrap()] {
        let _ = whose(&issuer, &a.token(Key::P256)).await;
        assert_eq!(b.urls().len(), before.1, "B is not asked about a token of A");
    }
    // Neither is it for keys that A does not have yet, nor for forgeries in A's name.
    let both = Issuer::any([of_a, of_b.clone()]).unwrap();
    assert!(is_refused(&both, &unknown(&a, "new")).await);
    assert_eq!((a.urls().len(), b.urls().len()), (before.0 + 2, before.1), "its keys, and whether they have moved");
    assert!(is_refused(&of_b, &unknown(&a, "new")).await);
    assert!(is_refused(&of_b, &a.token_named(Key::P256, "ed25519")).await);
    assert_eq!(b.urls().len(), before.1);
    assert!(is_refused(&of_b, &unknown(&b, "new")).await);
    assert_eq!(b.urls().len(), before.1 + 2, "the control: its own is a reason");
}

#[tokio::test]
async fn f_04_tokens_that_name_no_configured_issuer_ask_nobody() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    let asked = fake.urls();
    for iss in [json!(OTHER), json!([URL]), json!(null), json!(format!("{URL}/")), json!("http://127.0.0.1/")] {
        let mut claims = fake.claims();
        claims["iss"] = iss;
        let header = json!({ "alg": "ES256", "kid": "new", "typ": "at+jwt" });
        let token = format!("{}.{}.{}", encode(header.to_string()), encode(claims.to_string()), encode([7; 64]));
        assert!(is_refused(&issuer, &token).await);
    }
    assert_eq!(fake.urls(), asked);
}

#[tokio::test]
async fn jwt_05_and_jwt_06_urls_in_a_token_are_not_requested() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    for name in ["jku", "x5u", "kid"] {
        let mut header = json!({ "alg": "ES256", "kid": "new", "typ": "at+jwt" });
        header[name] = json!("https://evil.example/keys");
        let token = Key::OTHER_P256.token_of(header.to_string(), fake.claims().to_string());
        assert!(is_refused(&issuer, &token).await);
    }
    assert!(fake.urls().iter().all(|url| url.starts_with(URL)), "{:?}", fake.urls());
    assert_eq!(fake.asked(), 2, "one because of the unknown names");
}

#[tokio::test]
async fn algorithms_of_no_key_cause_no_fetch() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    for alg in ["HS256", "none", "ES512", "RSA-OAEP"] {
        let header = json!({ "alg": alg, "kid": "new", "typ": "at+jwt" });
        let token = format!("{}.{}.AA", encode(header.to_string()), encode(fake.claims().to_string()));
        assert!(is_refused(&issuer, &token).await, "{alg}");
    }
    settle().await;
    assert_eq!(fake.asked(), 1);
}
