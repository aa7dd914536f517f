//! `Has::Passkey`: a route that asks for a session by passkey.

use auth::routing::{Routes, get};
use auth::testing::SoftwareAuthenticator;
use auth::{Auth, Fresh, Has, protected};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Reader, Stage};
use auth_tests::{Answer, Call, Database};
use axum::Router;
use serde_json::json;

use super::passkey_step::{options, step, with_both};
use super::passkeys::{add, device, sign_in, stage};
use super::{ADA, amr, by_totp, code, half, signed_up};

#[protected(Has::Passkey, user = Reader)]
async fn vault() -> &'static str {
    "open"
}

#[protected(Has::Passkey && Fresh::minutes(5), user = Reader)]
async fn recent() -> &'static str {
    "open"
}

#[protected(Has::Passkey || Fresh::minutes(1), user = Reader)]
async fn either() -> &'static str {
    "open"
}

fn router(stage: &Stage<Reader, Database>) -> Router {
    let routes: Routes<Auth<Reader>> =
        Routes::new().route("/vault", get(vault)).route("/recent", get(recent)).route("/either", get(either));
    routes.into_router().with_state(stage.auth.clone())
}

async fn at(router: &Router, path: &str, access: &str) -> Answer {
    Call::get(path).bearer(access).send(router).await
}

#[tokio::test]
async fn has_passkey_asks_for_a_session_by_passkey() {
    let (stage, mut device) = (stage().await, device());
    let router = router(&stage);
    let (access, _) = signed_up(&stage, ADA).await;
    add(&stage, &access, &mut device).await;
    // To have one is not to have shown it.
    let refused = at(&router, "/vault", &access).await.is(401);
    assert_eq!((refused.code().as_str(), refused.field("acr_values").as_str()), ("step_up_required", "phr"));
    assert_eq!(
        refused.header("www-authenticate"),
        Some("Bearer realm=\"Reader\", error=\"insufficient_user_authentication\", acr_values=\"phr\"")
    );
    let refused = at(&router, "/recent", &access).await.is(401);
    assert_eq!(refused.json()["max_age"], json!(null), "the login is recent");
    let signed_in = sign_in(&stage, &mut device).await.is(200).access_token();
    for path in ["/vault", "/recent", "/either"] {
        at(&router, path, &signed_in).await.is(200);
    }
    let mut synced = self::device().synced();
    add(&stage, &signed_in, &mut synced).await;
    at(&router, "/vault", &sign_in(&stage, &mut synced).await.is(200).access_token()).await.is(200);
}

async fn freshened(stage: &Stage<Reader, Database>, access: &str, device: &mut SoftwareAuthenticator) -> String {
    let asked = stage.post_as(access, "/reauthenticate/passkey/options", json!({})).await.is(200).json();
    let body = json!({ "credential": device.get(&asked) });
    stage.post_as(access, "/reauthenticate/passkey", body).await.is(200).access_token()
}

#[tokio::test]
async fn step_04_a_reauthentication_by_passkey_meets_the_rule() {
    let stage = stage().await;
    let router = router(&stage);
    let (ada, mut device) = with_both(&stage, ADA).await;
    // An app is a second factor, and no passkey.
    let by_app = by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200).access_token();
    at(&router, "/vault", &by_app).await.is(401);
    let access = freshened(&stage, &by_app, &mut device).await;
    at(&router, "/vault", &access).await.is(200);
    // So is the step of a sign-in.
    let handle = half(&stage, ADA).await;
    let asked = options(&stage, &handle).await.is(200).json();
    let access = step(&stage, &handle, device.get(&asked)).await.is(200).access_token();
    at(&router, "/recent", &access).await.is(200);
}

/// There is one time of login: a recent code of an app and an old passkey are not a recent passkey.
#[tokio::test]
async fn step_04_a_code_takes_the_passkey_from_a_fresh_session() {
    let stage = stage().await;
    let router = router(&stage);
    let (ada, mut device) = with_both(&stage, ADA).await;
    let tokens = sign_in(&stage, &mut device).await.is(200);
    let (access, refresh) = (tokens.access_token(), tokens.refresh_token());
    stage.after(360);
    let old = at(&router, "/recent", &access).await.is(401);
    assert_eq!((old.json()["max_age"].clone(), old.json()["acr_values"].clone()), (json!(300), json!(null)));
    at(&router, "/vault", &access).await.is(200);
    let waiting = stage.post_as(&access, "/reauthenticate", json!({ "password": PASSWORD })).await.is(401);
    let fresh = by_totp(&stage, &waiting.field("sign_in"), &code(&stage, &ada.secret)).await.is(200).access_token();
    assert_eq!(amr(&fresh), ["pwd", "otp", "mfa"]);
    assert_eq!(at(&router, "/recent", &fresh).await.is(401).field("acr_values"), "phr");
    let refreshed = stage.refresh(&refresh).await.is(200).access_token();
    at(&router, "/vault", &refreshed).await.is(401);
    let fresh = freshened(&stage, &refreshed, &mut device).await;
    assert_eq!(amr(&fresh), ["pwd", "otp", "hwk", "mfa", "user"]);
    at(&router, "/recent", &fresh).await.is(200);
}
