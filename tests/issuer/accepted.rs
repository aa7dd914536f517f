//! Tokens that are accepted, and what is known of them afterwards.

use std::time::Duration;

use auth::claims::Amr;
use auth::issuer::Issuer;
use auth::issuer::SignatureAlgorithm::{Ps256, Ps384, Ps512, Rs384, Rs512};
use auth::testing::ManualClock;
use serde_json::json;

use crate::keys::{Key, published};
use crate::person::{AUDIENCE, Person, URL, claims, is_refused, issuer, now, whose, with};

#[tokio::test]
async fn a_token_of_each_algorithm_is_accepted() {
    let rsa = |algorithm| Key { algorithm, ..Key::RSA };
    let of_rsa = [Rs384, Rs512, Ps256, Ps384, Ps512].map(rsa);
    for key in [Key::RSA, Key::P256, Key::P384, Key::ED25519].into_iter().chain(of_rsa) {
        let issuer = issuer(&[key]);
        assert_eq!(whose(&issuer, &key.token(&claims())).await.unwrap(), "ada", "{key:?}");
    }
}

#[tokio::test]
async fn both_names_of_ed25519_are_one_algorithm() {
    let issuer = issuer(&[Key::ED25519]);
    for name in ["EdDSA", "Ed25519"] {
        let header = json!({ "alg": name, "kid": "ed25519", "typ": "at+jwt" });
        let token = Key::ED25519.token_of(header.to_string(), claims().to_string());
        assert_eq!(whose(&issuer, &token).await.unwrap(), "ada", "{name}");
    }
}

#[tokio::test]
async fn registered_claims_are_there_for_rules() {
    let issuer = issuer(&[Key::P256]);
    let mut claims = claims();
    claims["auth_time"] = json!(now() - 60);
    claims["amr"] = json!(["pwd", "mfa"]);
    claims["acr"] = json!("2");
    claims["client_id"] = json!("web");
    let verified = issuer.verify(&Key::P256.token(&claims)).await.unwrap();
    let registered = &verified.registered;
    assert_eq!((registered.issuer(), registered.auth_time()), (URL, Some(now() - 60)));
    assert!(registered.amr().contains(Amr::MFA) && registered.audience().unwrap().contains(AUDIENCE));
    assert_eq!((registered.acr(), registered.client_id()), (Some("2"), Some("web")));
    assert_eq!(registered.expires_at().as_secs(), now() + 300);
    assert_eq!(issuer.audience_name(), AUDIENCE);
}

#[tokio::test]
async fn a_cached_token_expires_like_any_other() {
    let clock = ManualClock::default();
    let builder = Issuer::<Person>::new(URL).audience(AUDIENCE).keys(published(&[Key::P256]));
    let issuer = builder.clock(clock.clone()).leeway(Duration::ZERO).build().unwrap();
    let token = Key::P256.token(&claims());
    let first = issuer.verify(&token).await.unwrap();
    let second = issuer.verify(&token).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &second), "from the cache");
    clock.advance(Duration::from_millis(299_999));
    assert!(issuer.verify(&token).await.is_ok() && issuer.still_valid(&first));
    clock.advance(Duration::from_millis(1));
    assert!(is_refused(&issuer, &token).await && !issuer.still_valid(&first));
}

#[tokio::test]
async fn without_a_cache_each_token_is_verified_anew() {
    let builder = Issuer::<Person>::new(URL).audience(AUDIENCE).keys(published(&[Key::P256])).token_cache(0);
    let issuer = builder.clock(ManualClock::default()).build().unwrap();
    let token = Key::P256.token(&with("aud", json!(["other", AUDIENCE])));
    let (first, second) = (issuer.verify(&token).await.unwrap(), issuer.verify(&token).await.unwrap());
    assert!(!std::sync::Arc::ptr_eq(&first, &second));
}
