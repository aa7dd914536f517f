//! Where the keys of an issuer are (OpenID Connect Discovery 1.0 §4).

use std::time::Duration;

use auth::issuer::Issuer;
use auth::testing::ManualClock;
use serde_json::{Value, json};

use crate::fake::{Fake, Reply, settle};
use crate::keys::{Key, published};
use crate::person::{AUDIENCE, Person, URL, is_refused, whose};

#[tokio::test]
async fn metadata_of_another_issuer_are_refused() {
    let clock = ManualClock::default();
    for name in ["https://other.example.org", &format!("{URL}/"), "https://SSO.example.org/realms/shop", ""] {
        let fake = Fake::at(URL, &[Key::P256]);
        fake.metadata("issuer", json!(name));
        let issuer = fake.issuer(&clock).await;
        assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap_err().status(), 503, "{name}");
        assert_eq!(fake.asked(), 0);
    }
    let fake = Fake::at(URL, &[Key::P256]);
    fake.metadata("issuer", json!("http://keycloak:8080/realms/shop"));
    let issuer = fake.builder(&clock).also_known_as("http://keycloak:8080/realms/shop").build().unwrap();
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada", "a name that was given");
}

#[tokio::test]
async fn key_12_metadata_cannot_send_us_anywhere() {
    let clock = ManualClock::default();
    for url in [
        json!("http://sso.example.org/keys"),
        json!("http://localhost:8080/keys"),
        json!("https://localhost/keys"),
        json!("https://127.0.0.1/keys"),
        json!("http://169.254.169.254/latest/meta-data"),
        json!("https://169.254.169.254/latest/meta-data"),
        json!("https://[fe80::1]/keys"),
        json!("file:///etc/passwd"),
        json!("https://user:password@sso.example.org/keys"),
        json!("/keys"),
        json!(""),
        json!(7),
        Value::Null,
    ] {
        let fake = Fake::at(URL, &[Key::P256]);
        fake.metadata("jwks_uri", url.clone());
        let issuer = fake.issuer(&clock).await;
        assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap_err().status(), 503, "{url}");
        assert_eq!(fake.asked(), 0, "{url}");
    }
    let fake = Fake::at(URL, &[Key::P256]);
    fake.metadata("jwks_uri", json!("https://keys.example.com/v3/certs?p=1"));
    let issuer = fake.issuer(&clock).await;
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada", "another host, as Google has it");
}

#[tokio::test]
async fn metadata_are_asked_whenever_keys_are_renewed() {
    let (fake, clock) = (Fake::at(URL, &[Key::P256]), ManualClock::default());
    let issuer = fake.issuer(&clock).await;
    fake.reply(Reply::Status(404));
    clock.advance(Duration::from_mins(11));
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    settle().await;
    fake.metadata("jwks_uri", json!(format!("{URL}/new-keys")));
    fake.reply(Reply::keys(&[Key::P256]));
    clock.advance(Duration::from_mins(2));
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    settle().await;
    let places = ["/keys", "/keys", "/new-keys"];
    let expected: Vec<_> = places.iter().flat_map(|keys| ["/.well-known/openid-configuration", *keys]).collect();
    assert_eq!(fake.urls(), expected.iter().map(|path| format!("{URL}{path}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn given_addresses_need_no_metadata() {
    let clock = ManualClock::default();
    let fake = Fake::at(URL, &[Key::P256]);
    let issuer = fake.builder(&clock).jwks_uri("https://keys.example.com/set").build().unwrap();
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    assert_eq!(fake.urls(), ["https://keys.example.com/set"]);
    for (builder, expected) in [
        (
            Issuer::<Person>::cognito("eu-central-1_Ab12Cd34E").client_id("web"),
            "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab12Cd34E/.well-known/jwks.json",
        ),
        (Issuer::supabase("https://abcd.supabase.co"), "https://abcd.supabase.co/auth/v1/.well-known/jwks.json"),
        (
            Issuer::auth0("https://shop.eu.auth0.com").audience(AUDIENCE),
            "https://shop.eu.auth0.com/.well-known/openid-configuration",
        ),
        (
            Issuer::entra("72f988bf-86f1-41af-91ab-2d7cd011db47").audience(AUDIENCE),
            "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0/.well-known/openid-configuration",
        ),
        (Issuer::google().audience(AUDIENCE), "https://accounts.google.com/.well-known/openid-configuration"),
    ] {
        let fake = Fake::at(URL, &[Key::P256]);
        let _issuer = builder.fetch(fake.clone()).clock(clock.clone()).build().unwrap();
        settle().await;
        assert_eq!(fake.urls()[0], expected);
    }
}

#[tokio::test]
async fn fixed_keys_are_never_fetched() {
    let (fake, clock) = (Fake::at(URL, &[Key::ED25519]), ManualClock::default());
    let issuer = fake.builder(&clock).keys(published(&[Key::P256])).build().unwrap();
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    assert!(is_refused(&issuer, &fake.token(Key::ED25519)).await);
    clock.advance(Duration::from_hours(24 * 20));
    assert_eq!(whose(&issuer, &fake.token(Key::P256)).await.unwrap(), "ada");
    assert!(fake.urls().is_empty());
}

#[test]
fn key_12_issuers_without_tls_need_the_name_of_the_risk() {
    let clock = ManualClock::default();
    let of = |url: &str| {
        let fake = Fake::at(URL, &[Key::P256]);
        Issuer::<Person>::new(url).audience(AUDIENCE).fetch(fake).clock(clock.clone())
    };
    assert!(of("https://sso.example.org").build().is_ok() && of("http://localhost:8080/realms/shop").build().is_ok());
    assert!(of("http://keycloak:8080/realms/shop").build().is_err());
    assert!(of("http://keycloak:8080/realms/shop").insecure_http().build().is_ok());
    for bad in ["https://169.254.169.254/", "https://sso.example.org/?x=1", "https://sso.example.org/#x", "sso", ""] {
        assert!(of(bad).insecure_http().build().is_err(), "{bad}");
    }
    assert!(of("https://sso.example.org").jwks_uri("http://sso.example.org/keys").build().is_err());
}
