//! A key is used with one algorithm, whatever a header says (RFC 8725 §3.1).

use auth::issuer::{Issuer, SignatureAlgorithm};
use auth::testing::ManualClock;
use serde_json::json;

use crate::keys::{Key, published, set_of};
use crate::person::{AUDIENCE, Person, URL, claims, is_refused, issuer, whose};

fn of(keys: String) -> Issuer<Person> {
    Issuer::new(URL).audience(AUDIENCE).keys(keys).clock(ManualClock::default()).build().unwrap()
}

#[tokio::test]
async fn jwt_03_a_key_takes_no_other_algorithm() {
    let keys = [Key::RSA, Key::P256, Key::P384, Key::ED25519];
    let issuer = issuer(&keys);
    for key in keys {
        assert_eq!(whose(&issuer, &key.token(&claims())).await.unwrap(), "ada");
        for algorithm in SignatureAlgorithm::ALL.into_iter().filter(|algorithm| *algorithm != key.algorithm) {
            let header = json!({ "alg": algorithm.name(), "kid": key.name, "typ": "at+jwt" });
            // Signed as the key signs, and, where it can, as the header says.
            let mut signers = vec![key];
            let rsa = ["RS384", "RS512", "PS256", "PS384", "PS512"].contains(&algorithm.name());
            signers.extend((key.name == "rsa" && rsa).then_some(Key { algorithm, ..key }));
            for signer in signers {
                let token = signer.token_of(header.to_string(), claims().to_string());
                assert!(is_refused(&issuer, &token).await, "{key:?} {algorithm:?}");
            }
        }
    }
}

#[tokio::test]
async fn jwt_03_an_rsa_key_without_alg_is_for_rs256() {
    let mut jwk = Key::RSA.jwk();
    jwk.as_object_mut().unwrap().remove("alg");
    let issuer = of(set_of([jwk]));
    assert_eq!(whose(&issuer, &Key::RSA.token(&claims())).await.unwrap(), "ada");
    for algorithm in [SignatureAlgorithm::Rs384, SignatureAlgorithm::Rs512, SignatureAlgorithm::Ps256] {
        let token = Key { algorithm, ..Key::RSA }.token(&claims());
        assert!(is_refused(&issuer, &token).await, "{algorithm:?}");
    }
}

#[tokio::test]
async fn an_algorithm_that_is_not_allowed_is_refused() {
    let of = |algorithms: &[SignatureAlgorithm]| {
        let builder = Issuer::<Person>::new(URL).audience(AUDIENCE).keys(published(&[Key::P256, Key::ED25519]));
        builder.algorithms(algorithms.iter().copied()).clock(ManualClock::default()).build().unwrap()
    };
    let token = Key::ED25519.token(&claims());
    assert!(is_refused(&of(&[SignatureAlgorithm::Es256]), &token).await);
    assert_eq!(whose(&of(&[SignatureAlgorithm::Ed25519]), &token).await.unwrap(), "ada");
}

#[tokio::test]
async fn of_two_keys_with_one_name_the_fitting_counts() {
    let issuer = of(set_of([
        Key::P256.jwk_called("k"),
        Key::RSA.jwk_called("k"),
        Key::OTHER_P256.jwk_called("k"),
        Key::ED25519.jwk_called("k"),
    ]));
    for key in [Key::P256, Key::OTHER_P256, Key::ED25519, Key::RSA] {
        let header = json!({ "alg": key.algorithm.name(), "kid": "k", "typ": "at+jwt" });
        let token = key.token_of(header.to_string(), claims().to_string());
        assert_eq!(whose(&issuer, &token).await.unwrap(), "ada", "{key:?}");
    }
    let header = json!({ "alg": "Ed25519", "kid": "k", "typ": "at+jwt" });
    assert!(is_refused(&issuer, &Key::OTHER_ED25519.token_of(header.to_string(), claims().to_string())).await);
}

#[tokio::test]
async fn jwt_06_without_kid_exactly_one_key_must_fit() {
    let header = json!({ "alg": "ES256", "typ": "at+jwt" }).to_string();
    let token = Key::P256.token_of(&header, claims().to_string());
    assert_eq!(whose(&issuer(&[Key::P256, Key::RSA, Key::P384]), &token).await.unwrap(), "ada");
    assert!(is_refused(&issuer(&[Key::P256, Key::OTHER_P256]), &token).await, "two fit");
    assert!(is_refused(&issuer(&[Key::RSA, Key::ED25519]), &token).await, "none fits");
    assert!(is_refused(&issuer(&[Key::OTHER_P256]), &token).await, "another one");
}

#[tokio::test]
async fn key_03_small_keys_verify_nothing() {
    let issuer = of(set_of([Key::SMALL_RSA.jwk(), Key::RSA.jwk()]));
    assert_eq!(whose(&issuer, &Key::RSA.token(&claims())).await.unwrap(), "ada");
    assert!(is_refused(&issuer, Key::token_of_small_rsa()).await);
}
