//! Whatever does not count gets the same answer, which says nothing else.

use std::time::Duration;

use auth::event::LetterKind;
use auth::{Auth, Secret};
use auth_tests::app::SECRET;
use auth_tests::clerk::{CLERKS, Clerk};
use auth_tests::forge::{claims_of, encode, sign_with, signing_key};
use auth_tests::stage::Stage;
use auth_tests::{App, Database};
use serde_json::{Value, json};

use super::{SERVICE, ask, is_active, key_of_service, with_introspection};
use crate::{ADA, key, reader, revoke};

const REALM: &str = "Clerk:clerks";

/// A token with these claims, signed as ours are.
fn signed(header: &str, claims: &serde_json::Map<String, Value>) -> String {
    sign_with(&signing_key(SECRET, REALM), header, Value::Object(claims.clone()).to_string())
}

#[tokio::test]
async fn rev_11_whatever_does_not_count_is_inactive_and_nothing_else() {
    let setup = |builder| with_introspection(builder).mail_sign_in(true);
    let stage = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, setup).await;
    let asking = key_of_service(&stage, SERVICE).await;
    let ada = reader(&stage, ADA).await;
    let claims = claims_of(&ada.access);
    let header = String::from_utf8(auth_tests::forge::decode(ada.access.split('.').next().unwrap())).unwrap();
    // The control: the forger signs as we do.
    assert!(is_active(&stage, &asking, &signed(&header, &claims)).await);
    let changed = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims.insert(name.to_owned(), value);
        signed(&header, &claims)
    };
    let now = claims["iat"].as_u64().unwrap();
    let (text, id) = key(&stage, &ada.access).await;
    revoke(&stage, &ada.access, &id).await.is(204);
    let pending = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    let other_users = App::new().await.register("eve@example.org").await.is(201).access_token();
    let elsewhere = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, |builder| {
        with_introspection(builder).secret(Secret::generate().unwrap())
    });
    let elsewhere = elsewhere.await;
    let eve = reader(&elsewhere, "eve@example.org").await;
    let (key_of_elsewhere, _) = key(&elsewhere, &eve.access).await;
    let mut flipped = ada.access.clone();
    let last = if flipped.ends_with('A') { "B" } else { "A" };
    flipped.replace_range(flipped.len() - 1.., last);
    for (what, token) in [
        ("expired", changed("exp", json!(now - 1))),
        ("not yet valid", changed("nbf", json!(now + 60))),
        ("issued later", changed("iat", json!(now + 60))),
        ("that lives too long", changed("exp", json!(now + 24 * 60 * 60))),
        ("of another issuer", changed("iss", json!("https://elsewhere.example"))),
        ("for another audience", changed("aud", json!("Customer"))),
        ("of another database", changed("auth_store", json!(encode([7; 16])))),
        ("of nobody", changed("sub", json!("4711"))),
        ("of an earlier generation", changed("gen", json!(0))),
        ("without a session", changed("sid", Value::Null)),
        ("with another signature", flipped),
        ("unsigned", format!("{}.", ada.access.rsplit_once('.').unwrap().0)),
        ("of no algorithm", signed(r#"{"alg":"none"}"#, &claims)),
        ("of another type", signed(&header.replace("at+jwt", "JWT"), &claims)),
        ("of another user type", other_users),
        ("of another secret", eve.access),
        ("a refresh token", ada.refresh.clone()),
        ("the handle of a pending sign-in", pending),
        ("its code", code),
        ("a session", claims["sid"].as_str().unwrap().to_owned()),
        ("a revoked key", text.clone()),
        ("a key of elsewhere", key_of_elsewhere),
        ("a key with a wrong checksum", format!("{}0", &text[..text.len() - 1])),
        ("the id of a key", id),
        ("a prefix", "shop_pat_".to_owned()),
        ("too long", format!("{}{}", ada.access, "x".repeat(8 << 10))),
        ("a key that is too long", format!("shop_pat_{}", "x".repeat(12 << 10))),
        ("words", "open+sesame".to_owned()),
        ("no text", "%00%01".to_owned()),
    ] {
        let answer = ask(&stage, &asking, &token).await.is(200);
        assert_eq!(answer.text(), r#"{"active":false}"#, "{what}");
    }
    assert!(is_active(&stage, &asking, &ada.access).await, "and nothing of it has hurt the token");
}

/// By the handle, for a service that answers in its own way.
#[tokio::test]
async fn rev_11_tokens_of_retired_keys_are_inactive() {
    let (stage, asking) = super::asked().await;
    let ada = reader(&stage, ADA).await;
    let active = async |token: &str| stage.auth.introspect(token).await.unwrap()["active"] == json!(true);
    assert!(active(&ada.access).await && is_active(&stage, &asking, &ada.access).await);
    let (next, former) = (Secret::generate().unwrap(), Secret::new(SECRET).unwrap());
    stage.auth.rotate_secret(&next, &[former]).await.unwrap();
    assert!(active(&ada.access).await, "the former key is still accepted");
    stage.auth.rotate_secret(&next, &[]).await.unwrap();
    assert!(!active(&ada.access).await && !is_active(&stage, &asking, &ada.access).await);
}

/// One database, two user types: each answers for its own tokens.
#[tokio::test]
async fn an_application_without_keys_can_ask_by_the_handle() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let answer = app.auth.introspect(&token).await.unwrap();
    assert_eq!((&answer["active"], &answer["sub"]), (&json!(true), &json!("1")));
    app.clock.advance(Duration::from_hours(1));
    assert_eq!(app.auth.introspect(&token).await.unwrap(), json!({ "active": false }));
    let nobody: &Auth<_> = &app.auth;
    assert_eq!(nobody.introspect("shop_pat_x").await.unwrap(), json!({ "active": false }));
}
