//! Settings that cannot be right are errors of `build()`, all at once.

use std::time::Duration;

use auth::issuer::{Issuer, IssuerBuilder};
use serde_json::json;

use crate::keys::{Key, published, set_of};
use crate::person::{AUDIENCE, Person, URL};

fn problems(builder: IssuerBuilder<Person>) -> Vec<String> {
    builder.build().err().map(|error| error.problems().to_vec()).unwrap_or_default()
}

fn valid() -> IssuerBuilder<Person> {
    Issuer::new(URL).audience(AUDIENCE).keys(published(&[Key::P256]))
}

#[test]
fn jwt_13_an_issuer_without_an_audience_is_not_built() {
    assert_eq!(problems(valid()), Vec::<String>::new());
    let without = || Issuer::<Person>::new(URL).keys(published(&[Key::P256]));
    let found = problems(without());
    assert!(found.len() == 1 && found[0].contains("`audience(…)`"), "{found:?}");
    assert!(problems(without().client_id("web")).is_empty());
    assert!(problems(without().any_audience("tests")).is_empty());
    for contradiction in [
        without().audience("a").client_id("b"),
        without().audience("a").any_audience("tests"),
        without().client_id("a").any_audience("tests"),
        without().audience(" "),
        without().audience("a").also_known_as(""),
    ] {
        assert_eq!(problems(contradiction).len(), 1);
    }
    assert!(problems(Issuer::supabase("https://a.supabase.co").keys(published(&[Key::P256]))).is_empty());
}

#[test]
fn jwt_17_more_leeway_than_five_minutes_is_refused() {
    assert!(problems(valid().leeway(Duration::from_mins(5))).is_empty());
    assert_eq!(problems(valid().leeway(Duration::from_secs(301))).len(), 1);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let found = problems(Issuer::new(URL).leeway(Duration::from_hours(1)).algorithms([]).keys("{"));
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn key_04_and_key_07_keys_that_cannot_be_used_are_refused_at_start() {
    let of = |keys: String| problems(Issuer::new(URL).audience(AUDIENCE).keys(keys));
    assert!(of(published(&[Key::RSA])).is_empty());
    for bad in ["", "{}", "[]", r#"{"keys":[]}"#, r#"{"keys":{}}"#] {
        assert_eq!(of(bad.to_owned()).len(), 1, "{bad}");
    }
    let mut encryption = Key::RSA.jwk();
    encryption["use"] = json!("enc");
    let mut other_curve = Key::P384.jwk();
    other_curve["alg"] = json!("ES256");
    let empty = json!({ "kty": "RSA", "n": "", "e": "AQAB" });
    for bad in [encryption, other_curve, empty, Key::SMALL_RSA.jwk(), json!({ "kty": "oct", "k": "AAAA" })] {
        assert_eq!(of(set_of([bad.clone()])).len(), 1, "{bad}");
        assert!(of(set_of([bad, Key::RSA.jwk()])).is_empty(), "the others are used");
    }
}

#[test]
fn presets_refuse_what_is_not_theirs() {
    let keys = || published(&[Key::P256]);
    for tenant in ["common", "organizations", "consumers", "contoso.onmicrosoft.com", ""] {
        assert_eq!(problems(Issuer::entra(tenant).audience("a").keys(keys())).len(), 1, "{tenant}");
    }
    assert!(problems(Issuer::entra("72f988bf-86f1-41af-91ab-2d7cd011db47").audience("a").keys(keys())).is_empty());
    for pool in ["", "pool", "eu-central-1", "_x", "eu_", "eu-central-1_x/../y", "evil.example/#_x"] {
        assert_eq!(problems(Issuer::cognito(pool).client_id("a").keys(keys())).len(), 1, "{pool}");
    }
    assert!(problems(Issuer::cognito("eu-central-1_Ab12Cd34E").client_id("a").keys(keys())).is_empty());
}

#[test]
fn several_issuers_have_different_names() {
    let one = |url: &str| Issuer::<Person>::new(url).audience(AUDIENCE).keys(published(&[Key::P256])).build().unwrap();
    assert!(Issuer::any([one("https://a.example"), one("https://b.example")]).is_ok());
    assert!(Issuer::any([one("https://a.example"), one("https://a.example")]).is_err());
    let known_as = Issuer::<Person>::new("https://b.example").also_known_as("https://a.example");
    let known_as = known_as.audience(AUDIENCE).keys(published(&[Key::P256])).build().unwrap();
    assert!(Issuer::any([one("https://a.example"), known_as]).is_err());
    assert!(Issuer::<Person>::any([]).is_err());
}
