//! What the claims must say.

use std::time::Duration;

use auth::issuer::Issuer;
use auth::testing::ManualClock;
use serde_json::{Value, json};

use crate::keys::{Key, published};
use crate::person::{AUDIENCE, Person, URL, built, claims, is_refused, issuer, now, whose, with};

async fn refused(issuer: &Issuer<Person>, claims: &Value) -> bool {
    is_refused(issuer, &Key::P256.token(claims)).await
}

#[tokio::test]
async fn jwt_11_required_claims_are_texts_that_are_there() {
    let issuer = issuer(&[Key::P256]);
    assert!(!refused(&issuer, &claims()).await);
    for name in ["iss", "aud", "exp", "sub"] {
        assert!(refused(&issuer, &with(name, Value::Null)).await, "{name} is missing");
        for value in [json!(null), json!({}), json!(true), json!([7]), json!([null])] {
            let mut claims = claims();
            claims[name] = value.clone();
            assert!(refused(&issuer, &claims).await, "{name}: {value}");
        }
    }
    for (name, value) in [("iss", json!("")), ("aud", json!("")), ("aud", json!([])), ("exp", json!("1900000000"))] {
        assert!(refused(&issuer, &with(name, value.clone())).await, "{name}: {value}");
    }
}

#[tokio::test]
async fn jwt_12_the_issuer_is_compared_byte_by_byte() {
    let issuer = issuer(&[Key::P256]);
    for other in [
        "https://sso.example.org/realms/shop/",
        "https://SSO.example.org/realms/shop",
        "https://sso.example.org:443/realms/shop",
        "http://sso.example.org/realms/shop",
        "https://sso.example.org/realms/shop2",
        "https://sso.example.org/realms/sho",
        "https://sso.example.org/realms/%73hop",
        "https://sso.example.org/realms/shop\u{0}",
    ] {
        assert!(refused(&issuer, &with("iss", json!(other))).await, "{other}");
    }
    assert!(refused(&issuer, &with("iss", json!([URL]))).await, "a list");
}

#[tokio::test]
async fn a_second_name_is_accepted_only_if_given() {
    const INSIDE: &str = "http://keycloak:8080/realms/shop";
    let with_both = built(Issuer::new(URL).also_known_as(INSIDE), &[Key::P256]);
    for (iss, fine) in [(URL, true), (INSIDE, true), ("http://keycloak:8080/realms/other", false)] {
        assert_eq!(refused(&with_both, &with("iss", json!(iss))).await, !fine, "{iss}");
    }
    assert!(refused(&issuer(&[Key::P256]), &with("iss", json!(INSIDE))).await);
}

#[tokio::test]
async fn jwt_13_tokens_for_others_are_refused() {
    let issuer = issuer(&[Key::P256]);
    for fine in [json!(AUDIENCE), json!([AUDIENCE]), json!(["other", AUDIENCE, "third"])] {
        assert!(!refused(&issuer, &with("aud", fine)).await);
    }
    for bad in
        [json!("other"), json!(["other"]), json!("shop-api "), json!("Shop-Api"), json!("shop"), json!([[AUDIENCE]])]
    {
        assert!(refused(&issuer, &with("aud", bad.clone())).await, "{bad}");
    }
    let two = built(Issuer::new(URL).audience("admin-api"), &[Key::P256]);
    assert!(!refused(&two, &claims()).await && !refused(&two, &with("aud", json!("admin-api"))).await);
    let any = Issuer::<Person>::new(URL).any_audience("a debugging tool").keys(published(&[Key::P256]));
    let any = any.clock(ManualClock::default()).build().unwrap();
    assert!(!refused(&any, &with("aud", json!("other"))).await && !refused(&any, &with("aud", Value::Null)).await);
}

#[tokio::test]
async fn jwt_13_clients_are_compared_where_there_is_no_audience() {
    let of_clients = Issuer::<Person>::new(URL).client_id("web").client_id("app").keys(published(&[Key::P256]));
    let issuer = of_clients.clock(ManualClock::default()).build().unwrap();
    for (client, fine) in [(json!("web"), true), (json!("app"), true), (json!("other"), false), (Value::Null, false)] {
        let mut claims = with("client_id", client.clone());
        claims.as_object_mut().unwrap().remove("aud");
        assert_eq!(refused(&issuer, &claims).await, !fine, "{client}");
        claims["aud"] = json!("web");
        assert_eq!(refused(&issuer, &claims).await, !fine, "an audience is no client: {client}");
    }
}

#[tokio::test]
async fn jwt_14_and_jwt_15_times_count_to_the_second_with_leeway() {
    for leeway in [0, 60, 300] {
        let builder = Issuer::new(URL).leeway(Duration::from_secs(leeway));
        let issuer = built(builder, &[Key::P256]);
        for (name, value, fine) in [
            ("exp", now() - leeway + 1, true),
            ("exp", now() - leeway, false),
            ("nbf", now() + leeway, true),
            ("nbf", now() + leeway + 1, false),
            ("iat", now() + leeway, true),
            ("iat", now() + leeway + 1, false),
        ] {
            let claims = with(name, json!(value));
            assert_eq!(refused(&issuer, &claims).await, !fine, "{name} with a leeway of {leeway}");
        }
    }
}

#[tokio::test]
async fn jwt_18_odd_times_are_cut_off_or_refused() {
    let issuer = issuer(&[Key::P256]);
    let header = Key::P256.header().to_string();
    for (exp, fine) in [
        (format!("{}.9", now() - 59), true),
        (format!("{}.9", now() - 60), false),
        ("18446744073709551616".to_owned(), true),
        ("1e300".to_owned(), true),
        ("1e400".to_owned(), false),
        ("-1".to_owned(), false),
        ("NaN".to_owned(), false),
        (format!("\"{}\"", now() + 300), false),
    ] {
        let payload = format!(r#"{{"iss":"{URL}","aud":"{AUDIENCE}","sub":"ada","exp":{exp}}}"#);
        let outcome = whose(&issuer, &Key::P256.token_of(&header, payload)).await;
        assert_eq!(outcome.is_ok(), fine, "{exp}");
    }
    for nbf in ["\"1\"", "null", "[]", "1e400"] {
        let payload = format!(r#"{{"iss":"{URL}","aud":"{AUDIENCE}","sub":"ada","exp":{},"nbf":{nbf}}}"#, now() + 300);
        assert!(is_refused(&issuer, &Key::P256.token_of(&header, payload)).await, "nbf: {nbf}");
    }
}

#[tokio::test]
async fn jwt_19_names_that_come_twice_are_refused() {
    let issuer = issuer(&[Key::P256]);
    for name in ["iss", "aud", "exp", "sub"] {
        let claims = claims();
        let again = format!(r#""{name}":{},"#, claims[name]);
        let payload = claims.to_string().replacen('{', &format!("{{{again}"), 1);
        assert!(is_refused(&issuer, &Key::P256.token_of(Key::P256.header().to_string(), payload)).await, "{name}");
    }
}
