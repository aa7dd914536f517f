//! What is no token of the former auth, however much it looks like one.

use auth::FormerTokens;
use auth::testing::Faults;
use auth_tests::app::{OTHER_SECRET, SECRET};
use auth_tests::forge::{encode, hmac, sign_with, signing_key};
use auth_tests::users::SCHEMA;
use auth_tests::{App, Database};
use serde_json::{Value, json};

use super::{ADA, UNTIL, accepting, claims, now, signed, switched, switched_on};

fn with_header(header: &str, claims: &Value) -> String {
    sign_with(OTHER_SECRET.as_bytes(), header, claims.to_string())
}

#[tokio::test]
async fn jwt_01_jwt_02_the_key_says_the_algorithm() {
    let switched = switched().await;
    let claims = claims(switched.id, &switched.app.clock);
    for header in
        [r#"{"alg":"HS256"}"#, r#"{"typ":"JWT","alg":"HS256","kid":"x"}"#, r#"{"alg":"HS256","typ":"at+jwt"}"#]
    {
        switched.accepts(&with_header(header, &claims)).await;
    }
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS384"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
        r#"{"alg":"HS256","typ":"refresh+jwt"}"#,
        r#"{"alg":"HS256","typ":"dpop+jwt"}"#,
        r#"{"alg":"HS256","typ":7}"#,
        "{}",
        "[]",
        "",
    ] {
        switched.refuses(&with_header(header, &claims), header).await;
    }
    let token = &switched.token;
    let (message, signature) = token.rsplit_once('.').unwrap();
    for bad in [
        format!("{message}."),
        message.to_owned(),
        format!("{token}."),
        format!("{token}="),
        format!("{message}.{}", &signature[..42]),
        format!("{message}.{}A", &signature[..42]),
        format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(claims.to_string())),
        format!("{}.{}.{signature}", encode(r#"{"alg":"HS256"}"#), encode(claims.to_string())),
        format!(".{message}.{signature}"),
        format!("{message}.{signature}.{signature}"),
    ] {
        if bad != *token {
            switched.refuses(&bad, &bad).await;
        }
    }
    assert_eq!(switched.begun(), 3);
}

/// The mistake by which a public key becomes a secret.
#[tokio::test]
async fn jwt_03_public_key_is_no_secret() {
    let made: Value = serde_json::from_str(include_str!("pyjwt.json")).unwrap();
    for alg in ["RS256", "ES256", "EdDSA"] {
        let pem = made[alg]["public_key"].as_str().unwrap();
        let settings = FormerTokens::public_key_pem(pem).accepted_until(UNTIL);
        let switched = switched_on(Database::with(SCHEMA).await, |builder| builder.former_tokens(settings)).await;
        let claims = claims(switched.id, &switched.app.clock).to_string();
        for key in [pem, pem.trim(), &pem.replace('\n', "\\n")] {
            for header in [r#"{"alg":"HS256","typ":"JWT"}"#.to_owned(), format!(r#"{{"alg":"{alg}"}}"#)] {
                switched.refuses(&sign_with(key.as_bytes(), &header, &claims), &header).await;
            }
        }
    }
}

#[tokio::test]
async fn jwt_12_tokens_for_another_purpose_are_refused() {
    let switched = switched().await;
    let with = |name: &str, value: &str| {
        let mut claims = claims(switched.id, &switched.app.clock);
        claims[name] = json!(value);
        signed(&claims)
    };
    for (name, value) in
        [("type", "access"), ("token_type", "Bearer"), ("typ", "JWT"), ("iss", "anybody"), ("aud", "x")]
    {
        switched.accepts(&with(name, value)).await;
    }
    for (name, value) in [
        ("type", "refresh"),
        ("typ", "Refresh"),
        ("token_use", "id"),
        ("token_type", "refresh_token"),
        ("purpose", "reset-password"),
        ("use", "verify-email"),
        ("kind", ""),
    ] {
        switched.refuses(&with(name, value), value).await;
    }
}

#[tokio::test]
async fn jwt_19_claims_that_come_twice_are_refused() {
    let switched = switched().await;
    let exp = now(&switched.app.clock) + 60;
    let raw = |payload: String| sign_with(OTHER_SECRET.as_bytes(), r#"{"alg":"HS256"}"#, payload);
    switched.accepts(&raw(format!(r#"{{"sub":1,"exp":{exp}}}"#))).await;
    for bad in [
        format!(r#"{{"sub":1,"exp":{exp},"sub":1}}"#),
        format!(r#"{{"sub":1,"exp":1,"exp":{exp}}}"#),
        format!(r#"{{"sub":1,"exp":{exp},"e\u0078p":{exp}}}"#),
        format!("[1,{exp}]"),
        format!(r#"{{"sub":1,"exp":{exp}}} "#) + "{}",
        String::new(),
    ] {
        switched.refuses(&raw(bad.clone()), &bad).await;
    }
    let long = json!({ "sub": 1, "exp": exp, "x": "x".repeat(8 << 10) });
    let answer = switched.app.get("/me", &signed(&long)).await;
    assert!([401, 431].contains(&answer.status.as_u16()), "{}", answer.text());
}

/// A team keeps its secret: what it signed before, and what is signed now, are two things.
#[tokio::test]
async fn key_05_one_secret_for_both_confuses_nothing() {
    let same = |builder: auth::AuthBuilder<auth_tests::users::User>| {
        builder.former_tokens(FormerTokens::hs256(SECRET).accepted_until(UNTIL))
    };
    let switched = switched_on(Database::with(SCHEMA).await, same).await;
    let claims = claims(switched.id, &switched.app.clock);
    let former = sign_with(SECRET.as_bytes(), r#"{"alg":"HS256","typ":"JWT"}"#, claims.to_string());
    switched.accepts(&former).await;
    let own = switched.signed_in().await;
    switched.accepts(&own).await;
    let (message, _) = own.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    // Claims of ours, signed with the raw secret; our header; and a former header with our key.
    let by_secret = format!("{message}.{}", encode(hmac(SECRET.as_bytes(), message.as_bytes())));
    switched.refuses(&by_secret, "our header, with the secret itself").await;
    let key = signing_key(SECRET, "User:users");
    switched.refuses(&sign_with(&key, r#"{"alg":"HS256","typ":"JWT"}"#, claims.to_string()), "our key").await;
    let former_header = encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let ours = format!("{former_header}.{payload}");
    switched.refuses(&format!("{ours}.{}", encode(hmac(&key, ours.as_bytes()))), "our claims, our key").await;
    let with_header = format!("{header}.{}", encode(claims.to_string()));
    let forged = format!("{with_header}.{}", encode(hmac(SECRET.as_bytes(), with_header.as_bytes())));
    switched.refuses(&forged, "our header, former claims").await;
    // An instance that has only one of the two.
    let without = switched.app.beside(|builder| builder).await;
    without.get("/me", &former).await.is(401);
    without.get("/me", &own).await.is(200);
}

#[tokio::test]
async fn nobody_and_the_disabled_are_refused() {
    let switched = switched().await;
    let of = |sub: Value| signed(&json!({ "sub": sub, "exp": now(&switched.app.clock) + 60 }));
    for sub in [json!(2), json!("x"), json!(""), json!(-1), json!(i64::MAX), json!("9223372036854775808"), json!(1.5)] {
        switched.refuses(&of(sub.clone()), &sub.to_string()).await;
    }
    // By the application itself: nothing was ended, and nothing was announced.
    switched.app.db.run("UPDATE users SET is_active = FALSE").await;
    switched.refuses(&of(json!(1)), "disabled").await;
    assert_eq!(switched.begun(), 0);
    switched.app.db.run("UPDATE users SET is_active = TRUE").await;
    switched.accepts(&of(json!(1))).await;
}

#[tokio::test]
async fn nothing_is_asked_of_a_store_before_the_signature() {
    let faults = Faults::new();
    let app = App::with_faults_and(&faults, accepting).await;
    app.register(ADA).await.is(201);
    let good = claims(1, &app.clock);
    drop(faults.take_calls());
    let mut expired = good.clone();
    expired["exp"] = json!(now(&app.clock));
    let mut other = good.clone();
    other["type"] = json!("refresh");
    for bad in [
        sign_with(b"another key", r#"{"alg":"HS256"}"#, good.to_string()),
        with_header(r#"{"alg":"none"}"#, &good),
        signed(&expired),
        signed(&other),
        format!("{}x", signed(&good)),
    ] {
        app.get("/claims", &bad).await.is(401);
        app.logout(&bad).await.is(204);
        assert_eq!(faults.take_calls(), <[&str; 0]>::default());
    }
}
