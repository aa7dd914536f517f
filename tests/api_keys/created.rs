//! A key is made by its owner, who has just signed in, and shown once.

use auth::NewApiKey;
use auth::event::{EventKind, LetterKind};
use auth::{AuthError, ClientInfo};
use auth_tests::Call;
use serde_json::json;

use super::{ADA, BOB, create, key, list, present, reader, revoke, stage, to_read, works};

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn ak_01_a_key_is_shown_once_and_works() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let made = create(&stage, &ada.access, to_read("  nightly export ")).await.is(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let text = made.field("key");
    let rest = text.strip_prefix("shop_pat_").unwrap();
    assert!(rest.len() == 49 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text}");
    let caller = present(&stage, &text).await.unwrap();
    assert_eq!((caller.user().id, caller.key_name()), (ada.id, Some("nightly export")));
    assert_eq!(caller.key_id().unwrap().to_string(), made.field("id"));
    assert!(caller.claims().is_none(), "nobody is signed in");
    let listed = list(&stage, &ada.access).await;
    assert_eq!(listed.len(), 1);
    assert!(listed[0].get("key").is_none(), "{}", listed[0]);
    assert_eq!(listed[0]["id"], made.json()["id"]);
    assert!(!format!("{caller:?}").contains(rest));
}

#[tokio::test]
async fn ak_04_keys_live_for_ninety_days_unless_told_otherwise() {
    for (expires_in, days) in [(None, 90), (Some(json!(2 * DAY)), 2)] {
        let stage = stage().await;
        let ada = reader(&stage, ADA).await;
        let mut body = to_read("some");
        if let Some(expires_in) = expires_in {
            body["expires_in"] = expires_in;
        }
        let made = create(&stage, &ada.access, body).await.is(201);
        assert!(made.json()["expires_at"].is_string());
        stage.after(days * DAY - 1);
        assert!(works(&stage, &made.field("key")).await);
        stage.after(1);
        assert!(!works(&stage, &made.field("key")).await);
        assert!(stage.events().iter().any(|event| event.reason() == Some("expired")));
        assert!(stage.auth.accounts().api_keys(&ada.id).await.unwrap().is_empty());
    }
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let mut body = to_read("some");
    body["expires_in"] = json!("never");
    let made = create(&stage, &ada.access, body).await.is(201);
    assert!(made.json()["expires_at"].is_null());
    stage.after(3650 * DAY);
    assert!(works(&stage, &made.field("key")).await);
}

#[tokio::test]
async fn ak_02_the_owner_is_the_caller_whatever_a_body_says() {
    let stage = stage().await;
    let (ada, bob) = (reader(&stage, ADA).await, reader(&stage, BOB).await);
    for field in ["user_id", "owner", "user", "sub", "id", "amr", "created_at", "generation", "key"] {
        let mut body = to_read("theirs");
        body[field] = json!(bob.id.to_string());
        let answer = create(&stage, &ada.access, body).await.is(422);
        assert_eq!(answer.broken(), [(field.to_owned(), "unknown".to_owned())]);
    }
    let anonymous = stage.send(Call::post("/keys").json(&to_read("nobody's"))).await.is(401);
    assert_eq!(anonymous.code(), "not_signed_in");
    let (text, id) = key(&stage, &ada.access).await;
    assert!(list(&stage, &bob.access).await.is_empty());
    revoke(&stage, &bob.access, &id).await.is(404);
    stage.post_as(&bob.access, &format!("/keys/{id}/rotate"), json!({})).await.is(404);
    assert!(works(&stage, &text).await);
}

#[tokio::test]
async fn step_01_keys_are_made_and_rotated_after_a_recent_login() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let (text, id) = key(&stage, &ada.access).await;
    stage.after(5 * 60);
    for (path, body) in [("/keys".to_owned(), to_read("late")), (format!("/keys/{id}/rotate"), json!({}))] {
        assert_eq!(stage.post_as(&ada.access, &path, body).await.is(401).code(), "step_up_required");
    }
    // Somebody who has published a key ends it at once.
    revoke(&stage, &ada.access, &id).await.is(204);
    assert!(!works(&stage, &text).await);
    assert!(list(&stage, &ada.access).await.is_empty());
    revoke(&stage, &ada.access, &id).await.is(404);
}

#[tokio::test]
async fn names_and_lives_are_checked_before_anything_is_made() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let long = "n".repeat(65);
    for (body, field, code) in [
        (json!({ "permissions": ["read"] }), "name", "missing"),
        (json!({ "name": " ", "permissions": ["read"] }), "name", "invalid"),
        (json!({ "name": long, "permissions": ["read"] }), "name", "invalid"),
        (json!({ "name": "a\nb", "permissions": ["read"] }), "name", "invalid"),
        (json!({ "name": "a", "permissions": ["read"], "expires_in": 59 }), "expires_in", "out_of_range"),
        (json!({ "name": "a", "permissions": ["read"], "expires_in": 366 * DAY + 1 }), "expires_in", "out_of_range"),
        (json!({ "name": "a", "permissions": ["read"], "expires_in": -1 }), "expires_in", "invalid_type"),
        (json!({ "name": "a", "permissions": ["read"], "expires_in": "ever" }), "expires_in", "invalid_type"),
    ] {
        let answer = create(&stage, &ada.access, body.clone()).await.is(422);
        assert_eq!(answer.broken(), [(field.to_owned(), code.to_owned())], "{body}");
    }
    assert!(list(&stage, &ada.access).await.is_empty());
    for expires_in in [60, 366 * DAY] {
        let body = json!({ "name": "a", "permissions": ["read"], "expires_in": expires_in });
        create(&stage, &ada.access, body).await.is(201);
    }
}

#[tokio::test]
async fn owners_are_told_of_keys_and_observers_of_everything() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    stage.events();
    let (text, id) = key(&stage, &ada.access).await;
    stage.deliver().await;
    let mail = stage.mailbox.last(LetterKind::KeyCreated, ADA);
    assert!(mail.text.contains("nightly") && !mail.text.contains(&text), "{}", mail.text);
    revoke(&stage, &ada.access, &id).await.is(204);
    assert!(!works(&stage, &text).await);
    let names: Vec<_> = stage.events().iter().map(EventKind::name).collect();
    for name in ["key_created", "key_revoked", "key_refused"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

/// The methods that the routes call.
#[tokio::test]
async fn the_handle_does_what_the_routes_do() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let (claims, client) = (stage.auth.verify(&ada.access).unwrap(), ClientInfo::default());
    let made = stage.auth.create_api_key(&claims, NewApiKey::new("job", ["read"]), &client).await.unwrap();
    assert!(!format!("{made:?}").contains(made.expose()));
    assert_eq!(made.info.created_in, Some(claims.sid));
    assert_eq!(stage.auth.api_keys(&claims).await.unwrap(), std::slice::from_ref(&made.info));
    assert!(works(&stage, made.expose()).await);
    let next = stage.auth.rotate_api_key(&claims, made.info.id, None, &client).await.unwrap();
    stage.auth.revoke_api_key(&claims, next.info.id, &client).await.unwrap();
    assert!(!works(&stage, next.expose()).await);
    let unknown = stage.auth.revoke_api_key(&claims, next.info.id, &client).await;
    assert!(matches!(unknown, Err(AuthError::NotFound)), "{unknown:?}");
}
