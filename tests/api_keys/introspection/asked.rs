//! Who may ask, how, and what is answered about what counts.

use auth::testing::{TestApp, assert_protection};
use auth::{CookieSettings, Limits, Permissions, rule};
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{CLERKS, Clerk, Task};
use auth_tests::stage::Stage;
use auth_tests::{Call, Database, payload};
use serde_json::json;

use super::{FORM, SERVICE, ask, asked, is_active, key_of_service, question, with_introspection};
use crate::{ADA, BOB, key, reader, revoke, with_keys};

#[tokio::test]
async fn rev_10_introspection_takes_an_api_key_and_nothing_else() {
    let setup = |builder| with_introspection(builder).cookies(CookieSettings::new());
    let stage = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, setup).await;
    let service = reader(&stage, SERVICE).await;
    let (shown, id) = key(&stage, &service.access).await;
    let form = format!("token={}", service.access);
    let call = || Call::post("/introspect").text(FORM, form.clone());
    assert_eq!(stage.send(call()).await.is(401).code(), "not_signed_in");
    // Somebody who has every permission that the rule names, with a token in either place.
    let refused = stage.send(call().bearer(&service.access)).await.is(403);
    assert_eq!(refused.code(), "key_required");
    assert!(!refused.text().contains("active"));
    assert!(stage.events().iter().any(|event| event.reason() == Some("key_required")));
    let body = json!({ "email": SERVICE, "password": PASSWORD });
    let login = stage.send(Call::post("/login?cookies=true").same_origin().json(&body)).await.is(200);
    let by_cookie = stage.send(call().cookie(&login.cookies()).same_origin()).await.is(403);
    assert_eq!(by_cookie.code(), "key_required");
    // What is no key, in every way that RFC 7662 §2.1 and RFC 6749 §2.3 know.
    for wrong in [format!("{shown}x"), shown.replace("shop_pat_", "shop_"), service.refresh.clone()] {
        assert_eq!(stage.send(call().bearer(&wrong)).await.is(401).code(), "invalid_token");
    }
    stage.send(call().header("authorization", format!("Basic {shown}"))).await.is(401);
    stage.send(Call::post("/introspect").text(FORM, format!("{form}&access_token={shown}"))).await.is(401);
    // The control, and the end of the key.
    assert!(is_active(&stage, &shown, &service.access).await);
    revoke(&stage, &service.access, &id).await.is(204);
    assert_eq!(stage.send(call().bearer(&shown)).await.is(401).code(), "invalid_token");
}

#[tokio::test]
async fn rev_10_a_key_without_the_permission_may_not_ask() {
    let (stage, key) = asked().await;
    let ada = reader(&stage, ADA).await;
    assert!(is_active(&stage, &key, &ada.access).await);
    let service = stage.login(SERVICE).await.is(200);
    let id = payload(&service.access_token())["sub"].as_str().unwrap().parse().unwrap();
    stage.auth.accounts().set_permissions(&id, Permissions::new()).await.unwrap();
    assert_eq!(ask(&stage, &key, &ada.access).await.is(403).code(), "forbidden");
    stage.auth.accounts().disable(&id).await.unwrap();
    assert_eq!(ask(&stage, &key, &ada.access).await.is(401).code(), "invalid_token");
}

#[tokio::test]
async fn without_the_setting_nobody_can_ask() {
    let stage = crate::stage().await;
    let key = key_of_service(&stage, SERVICE).await;
    ask(&stage, &key, &key).await.is(404);
}

#[tokio::test]
async fn an_active_token_says_what_it_says_itself() {
    let (stage, key) = asked().await;
    let ada = reader(&stage, ADA).await;
    let answer = ask(&stage, &key, &ada.access).await.is(200).json();
    let mut expected = payload(&ada.access);
    for internal in ["gen", "auth_store"] {
        assert!(expected.as_object_mut().unwrap().remove(internal).is_some(), "{internal}");
    }
    expected["active"] = json!(true);
    expected["token_type"] = json!("Bearer");
    assert_eq!(answer, expected);
    assert_eq!(answer["sub"], json!(ada.id.to_string()));
    // A hint changes nothing, right or wrong, and neither do members that nobody knows.
    for more in ["token_type_hint=refresh_token", "token_type_hint=x&token_type_hint=y", "resource=a&resource=b"] {
        for form in [format!("token={}&{more}", ada.access), format!("{more}&token={}", ada.access)] {
            assert_eq!(stage.send(question(&key, form)).await.is(200).json(), expected, "{more}");
        }
    }
}

#[tokio::test]
async fn a_key_says_its_owner_and_its_permissions() {
    let (stage, asking) = asked().await;
    let ada = reader(&stage, ADA).await;
    let (text, id) = key(&stage, &ada.access).await;
    let answer = ask(&stage, &asking, &text).await.is(200).json();
    let (iat, exp) = (answer["iat"].as_u64().unwrap(), answer["exp"].as_u64().unwrap());
    assert_eq!(exp - iat, 90 * 24 * 60 * 60);
    let claims = payload(&ada.access);
    let expected = json!({
        "active": true, "token_type": "Bearer", "iss": claims["iss"], "aud": claims["aud"], "sub": ada.id.to_string(),
        "jti": id, "iat": iat, "exp": exp, "scope": "read",
    });
    assert_eq!(answer, expected);
    // What its owner may do no more, it may not either, from the next question on.
    stage.auth.accounts().set_permissions(&ada.id, Permissions::new()).await.unwrap();
    assert_eq!(ask(&stage, &asking, &text).await.is(200).json()["scope"], json!(""));
    let forever = auth::NewApiKey::new("job", ["read"]).never_expires();
    stage.auth.accounts().set_permissions(&ada.id, Permissions::from([Task::Read])).await.unwrap();
    let forever = stage.auth.accounts().create_api_key(&ada.id, forever).await.unwrap();
    let answer = ask(&stage, &asking, forever.expose()).await.is(200).json();
    assert!(answer["active"] == json!(true) && answer.get("exp").is_none(), "{answer}");
}

#[tokio::test]
async fn forms_that_are_none_are_refused() {
    let (stage, key) = asked().await;
    let ada = reader(&stage, ADA).await;
    let token = &ada.access;
    for form in [
        String::new(),
        "token=".to_owned(),
        "token_type_hint=access_token".to_owned(),
        format!("token={token}&token={token}"),
        format!("token={token}&token="),
        format!("token={token}%"),
        format!("token={token}&x=%ff"),
    ] {
        let answer = stage.send(question(&key, form.clone())).await.is(400);
        assert_eq!(answer.code(), "invalid_request", "{form}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    let json = Call::post("/introspect").bearer(&key).json(&json!({ "token": token }));
    assert_eq!(stage.send(json).await.is(415).code(), "unsupported_media_type");
    let long = format!("token={token}&x={}", "x".repeat(16 << 10));
    assert_eq!(stage.send(question(&key, long)).await.is(413).code(), "body_too_large");
    let parameters =
        Call::post("/introspect").bearer(&key).text(&format!("{FORM}; charset=UTF-8"), format!("token={token}"));
    assert_eq!(stage.send(parameters).await.is(200).json()["active"], json!(true));
    // Not in the address, where logs keep it.
    stage.send(Call::post(&format!("/introspect?token={token}")).bearer(&key).text(FORM, "x=1")).await.is(400);
    stage.send(Call::get(&format!("/introspect?token={token}")).bearer(&key)).await.is(405);
}

#[tokio::test]
async fn ak_11_questions_are_limited_by_the_key_that_asks() {
    let setup = |builder| with_introspection(builder).limits(Limits::default().in_memory());
    let stage = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, setup).await;
    let (ada, bob) = (reader(&stage, ADA).await, reader(&stage, BOB).await);
    let ((text, _), (other, _)) = (key(&stage, &ada.access).await, key(&stage, &bob.access).await);
    // Keys of somewhere else, which are looked for: where they are presented, thirty a minute from one address.
    let (elsewhere, _) = asked().await;
    let stranger = reader(&elsewhere, ADA).await;
    for number in 0..40 {
        let new = auth::NewApiKey::new(format!("guess {number}"), ["read"]);
        let guess = elsewhere.auth.accounts().create_api_key(&stranger.id, new).await.unwrap();
        let call = question(&text, format!("token={}", guess.expose())).coming_from("203.0.113.7");
        assert_eq!(stage.send(call).await.is(200).text(), r#"{"active":false}"#);
    }
    for _ in 40..600 {
        assert!(is_active(&stage, &text, &other).await);
    }
    assert_eq!(ask(&stage, &text, &ada.access).await.is(429).code(), "too_many_requests");
    // What was asked about is not used up by it.
    assert!(is_active(&stage, &other, &text).await);
}

#[tokio::test]
async fn the_application_enforces_what_its_table_says_of_introspection() {
    let setup = |builder| with_keys(builder).introspection(rule!(Task::Read, keys, hidden));
    let hidden = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, setup).await;
    let (stage, _) = asked().await;
    for (stage, who) in [(stage, "an API key with Task::Read"), (hidden, "an API key with Task::Read, hidden")] {
        let table = stage.auth.routes::<()>().table();
        let route = table.routes().iter().find(|route| route.path == "/introspect").unwrap();
        assert_eq!((&*route.who, route.keys, route.keys_only, route.public), (who, true, true, false));
        assert_protection(&table, &TestApp::new(&stage.auth, stage.router.clone())).await;
        let layer = stage.auth.require(rule!(Task::Read, keys));
        let behind = stage.auth.routes::<auth::Auth<Clerk>>().require(layer);
        let table = behind.table();
        let app = TestApp::new(&stage.auth, behind.into_router().with_state(stage.auth.clone()));
        assert_protection(&table, &app).await;
    }
}
