//! Passkeys over HTTP, with an authenticator in software.

use auth::event::{EventKind, LoginFailure};
use auth::mail::LetterKind;
use auth::testing::SoftwareAuthenticator;
use auth::{AuthBuilder, AuthUser, PasskeySettings};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database, Place};
use serde_json::{Value, json};

use super::{ADA, EVE, amr, by_totp, code, enrol, half, signed_up, with_factors};

pub(crate) fn with_passkeys<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
    with_factors(builder).passkeys(PasskeySettings::new("Example Shop"))
}

pub(crate) async fn stage() -> Stage<Reader, Database> {
    Stage::with(Database::with(TABLES[0]).await, with_passkeys).await
}

pub(crate) fn device() -> SoftwareAuthenticator {
    SoftwareAuthenticator::at("https://app.example")
}

/// Adds a passkey, and returns its id.
pub(crate) async fn add<U: AuthUser, P: Place>(
    stage: &Stage<U, P>,
    access: &str,
    device: &mut SoftwareAuthenticator,
) -> String {
    let options = stage.post_as(access, "/factors/passkeys/options", json!({})).await.is(200).json();
    let body = json!({ "credential": device.create(&options), "name": "Phone" });
    stage.post_as(access, "/factors/passkeys", body).await.is(201).field("id")
}

pub(crate) async fn sign_in<U: AuthUser, P: Place>(stage: &Stage<U, P>, device: &mut SoftwareAuthenticator) -> Answer {
    let options = stage.post("/sign-in/passkey/options", json!({})).await.is(200).json();
    stage.post("/sign-in/passkey", json!({ "credential": device.get(&options) })).await
}

async fn listed(stage: &Stage<Reader, Database>, access: &str) -> Vec<Value> {
    stage.send(Call::get("/factors/passkeys").bearer(access)).await.is(200).json().as_array().unwrap().clone()
}

#[tokio::test]
async fn a_passkey_signs_in_alone_and_is_several_factors() {
    let (stage, mut device) = (stage().await, device());
    let (access, _) = signed_up(&stage, ADA).await;
    let id = add(&stage, &access, &mut device).await;
    stage.deliver().await;
    let _ = stage.mailbox.last(LetterKind::PasskeyAdded, ADA);
    let signed_in = sign_in(&stage, &mut device).await.is(200).access_token();
    assert_eq!(amr(&signed_in), ["hwk", "mfa", "user"]);
    let passkeys = listed(&stage, &signed_in).await;
    assert_eq!(
        (&passkeys[0]["id"], &passkeys[0]["name"], &passkeys[0]["synced"]),
        (&json!(id), &json!("Phone"), &json!(false))
    );
    assert!(passkeys[0]["last_used_at"].is_string());
    let mut synced = self::device().synced();
    add(&stage, &signed_in, &mut synced).await;
    assert_eq!(amr(&sign_in(&stage, &mut synced).await.is(200).access_token()), ["mfa", "swk", "user"]);
}

/// The row of passkeys in the matrix: an account with a second step needs no other one.
#[tokio::test]
async fn sign_01_a_passkey_meets_the_bar_of_a_second_step() {
    let (stage, mut device) = (stage().await, device());
    let (access, _) = signed_up(&stage, ADA).await;
    add(&stage, &access, &mut device).await;
    assert_eq!(stage.login(ADA, PASSWORD).await.is(200).json()["sign_in"], Value::Null, "no second step by itself");
    let (secret, _) = enrol(&stage, &access).await;
    let waiting = stage.login(ADA, PASSWORD).await.is(401).json();
    let methods: Vec<_> = waiting["methods"].as_array().unwrap().iter().map(|one| one["method"].clone()).collect();
    assert_eq!(methods, ["passkey", "totp", "recovery_code"]);
    sign_in(&stage, &mut device).await.is(200);
    stage.after(60);
    by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &secret)).await.is(200);
}

#[tokio::test]
async fn pk_01_an_answer_works_once_over_http() {
    let (stage, mut device) = (stage().await, device());
    let (access, _) = signed_up(&stage, ADA).await;
    add(&stage, &access, &mut device).await;
    let options = stage.post("/sign-in/passkey/options", json!({})).await.is(200).json();
    let body = json!({ "credential": device.get(&options) });
    stage.post("/sign-in/passkey", body.clone()).await.is(200);
    let refused = stage.post("/sign-in/passkey", body).await.is(401);
    assert_eq!(refused.code(), "invalid_passkey");
    let failed = EventKind::LoginFailed { user: None, reason: LoginFailure::WrongPasskey };
    assert!(stage.events().contains(&failed));
    for malformed in [json!({}), json!({ "credential": {} }), json!({ "credential": { "id": 1 } })] {
        stage.post("/sign-in/passkey", malformed).await.is(401);
    }
    stage.post("/sign-in/passkey", json!({ "credential": "text" })).await.is(422);
}

#[tokio::test]
async fn step_04_a_passkey_makes_a_session_fresh() {
    let (stage, mut device) = (stage().await, device());
    let (access, refresh) = signed_up(&stage, ADA).await;
    add(&stage, &access, &mut device).await;
    stage.after(360);
    let access = stage.refresh(&refresh).await.is(200).access_token();
    stage.post_as(&access, "/factors/passkeys/options", json!({})).await.is(401);
    let options = stage.post_as(&access, "/reauthenticate/passkey/options", json!({})).await.is(200).json();
    let body = json!({ "credential": device.get(&options) });
    // One that is for a reauthentication signs nobody in.
    stage.post("/sign-in/passkey", body.clone()).await.is(401);
    let fresh = stage.post_as(&access, "/reauthenticate/passkey", body).await.is(200).access_token();
    stage.post_as(&fresh, "/factors/passkeys/options", json!({})).await.is(200);
}

#[tokio::test]
async fn pk_12_removal_is_the_owners_and_ends_other_sessions() {
    let (stage, mut device) = (stage().await, device());
    let (access, _) = signed_up(&stage, ADA).await;
    let (eve, _) = signed_up(&stage, EVE).await;
    let id = add(&stage, &access, &mut device).await;
    let path = format!("/factors/passkeys/{id}");
    stage.send(Call::delete(&path).bearer(&eve)).await.is(404);
    stage.send(Call::delete("/factors/passkeys/a%00b").bearer(&access)).await.is(404);
    let other = sign_in(&stage, &mut device).await.is(200).access_token();
    stage.send(Call::delete(&path).bearer(&access)).await.is(204);
    stage.deliver().await;
    let _ = stage.mailbox.last(LetterKind::PasskeyRemoved, ADA);
    stage.send(Call::get("/factors/passkeys").bearer(&other)).await.is(401);
    assert!(listed(&stage, &access).await.is_empty());
    sign_in(&stage, &mut device).await.is(401);
}

#[tokio::test]
async fn passkeys_need_a_confirmed_address() {
    let stage = stage().await;
    let access = stage.sign_up(ADA).await.is(201).access_token();
    let refused = stage.post_as(&access, "/factors/passkeys/options", json!({})).await.is(403);
    assert_eq!(refused.code(), "address_not_verified");
}

#[tokio::test]
async fn pk_05_a_device_that_verifies_nobody_is_refused() {
    let stage = stage().await;
    let (access, _) = signed_up(&stage, ADA).await;
    let options = stage.post_as(&access, "/factors/passkeys/options", json!({})).await.is(200).json();
    let credential = device().without_user_verification().create(&options);
    let refused =
        stage.post_as(&access, "/factors/passkeys", json!({ "credential": credential, "name": "Phone" })).await;
    assert_eq!(refused.is(422).code(), "invalid_fields");
}

#[tokio::test]
async fn disabled_accounts_and_reset_factors_end_passkeys() {
    let (stage, mut device) = (stage().await, device());
    let (access, _) = signed_up(&stage, ADA).await;
    add(&stage, &access, &mut device).await;
    stage.auth.accounts().disable(&1).await.unwrap();
    assert_eq!(sign_in(&stage, &mut device).await.is(403).code(), "inactive_user");
    stage.auth.accounts().enable(&1).await.unwrap();
    sign_in(&stage, &mut device).await.is(200);
    stage.auth.accounts().reset_factors(&1).await.unwrap();
    sign_in(&stage, &mut device).await.is(401);
}

/// DB-14: by the library, and by a row that another program deletes.
#[tokio::test]
async fn db_14_the_next_account_with_an_id_inherits_no_passkey() {
    let (stage, mut device) = (stage().await, device());
    let (access, _) = signed_up(&stage, ADA).await;
    add(&stage, &access, &mut device).await;
    stage.auth.accounts().delete(&1).await.unwrap();
    sign_in(&stage, &mut device).await.is(401);
    let (access, _) = signed_up(&stage, EVE).await;
    let mut other = self::device();
    add(&stage, &access, &mut other).await;
    stage.place.run("DELETE FROM readers").await;
    stage.place.run("DELETE FROM sqlite_sequence").await;
    stage.sign_up("mallory@example.org").await.is(201);
    sign_in(&stage, &mut other).await.is(401);
}

#[tokio::test]
async fn the_browser_is_told_which_passkeys_are_left() {
    let (stage, mut kept, mut removed) = (stage().await, device(), device());
    let (access, _) = signed_up(&stage, ADA).await;
    let accepted = async || stage.send(Call::get("/factors/passkeys/accepted").bearer(&access)).await.is(200).json();
    let never = stage.send(Call::get("/factors/passkeys/accepted").bearer(&access)).await.is(403);
    assert_eq!(never.code(), "no_passkey");
    let kept_id = add(&stage, &access, &mut kept).await;
    let before = accepted().await;
    assert_eq!(before["rpId"], "app.example");
    let id = add(&stage, &access, &mut removed).await;
    assert_eq!(accepted().await["allAcceptedCredentialIds"].as_array().unwrap().len(), 2);
    stage.send(Call::delete(&format!("/factors/passkeys/{id}")).bearer(&access)).await.is(204);
    let options = stage.post("/sign-in/passkey/options", json!({})).await.is(200).json();
    let shown = kept.get(&options);
    let left = accepted().await;
    assert_eq!(left["allAcceptedCredentialIds"], json!([shown["id"]]));
    assert_eq!((&left["userId"], &before["userId"]), (&shown["response"]["userHandle"], &left["userId"]));
    stage.send(Call::get("/factors/passkeys/accepted")).await.is(401);
    // The last one is told of, too.
    stage.send(Call::delete(&format!("/factors/passkeys/{kept_id}")).bearer(&access)).await.is(204);
    assert_eq!(accepted().await["allAcceptedCredentialIds"], json!([]));
}

/// A page tells the browser that it need not offer the passkey any more, so nothing else may be called so.
#[tokio::test]
async fn only_a_passkey_nobody_has_is_called_unknown() {
    let (stage, mut device) = (stage().await, device());
    let (access, _) = signed_up(&stage, ADA).await;
    let id = add(&stage, &access, &mut device).await;
    let ask = async |path: &str| stage.post(path, json!({})).await.is(200).json();
    let used = device.get(&ask("/sign-in/passkey/options").await);
    stage.post("/sign-in/passkey", json!({ "credential": used })).await.is(200);
    let again = stage.post("/sign-in/passkey", json!({ "credential": used })).await.is(401);
    assert_eq!(again.code(), "invalid_passkey", "its challenge is used");
    let mut forged = device.get(&ask("/sign-in/passkey/options").await);
    forged["response"]["signature"] = used["response"]["signature"].clone();
    let refused = stage.post("/sign-in/passkey", json!({ "credential": forged })).await.is(401);
    assert_eq!(refused.code(), "invalid_passkey", "its signature is wrong");
    let late = device.get(&ask("/sign-in/passkey/options").await);
    stage.send(Call::delete(&format!("/factors/passkeys/{id}")).bearer(&access)).await.is(204);
    let refused = stage.post("/sign-in/passkey", json!({ "credential": late })).await.is(401);
    assert_eq!(refused.code(), "unknown_passkey");
    assert!(refused.header("www-authenticate").is_some());
}

/// Copies of a key that is synchronized need not share a counter: both go on, and the application hears of it.
#[tokio::test]
async fn pk_20_a_synced_passkey_that_repeats_is_reported() {
    let (stage, mut device) = (stage().await, device().synced().counting());
    let (access, _) = signed_up(&stage, ADA).await;
    add(&stage, &access, &mut device).await;
    let mut asked = Vec::new();
    for _ in 0..2 {
        let options = stage.post("/sign-in/passkey/options", json!({})).await.is(200).json();
        asked.push(device.get(&options));
    }
    let repeated = || stage.events().iter().any(|event| matches!(event, EventKind::PasskeyCounterRepeated { .. }));
    stage.post("/sign-in/passkey", json!({ "credential": asked[1] })).await.is(200);
    assert!(!repeated(), "it went on");
    stage.post("/sign-in/passkey", json!({ "credential": asked[0] })).await.is(200);
    assert!(repeated());
    stage.deliver().await;
    assert!(stage.mailbox.all().iter().all(|mail| mail.kind != LetterKind::PasskeyCloned), "nobody is alarmed");
}

/// Of an authenticator that counts, two copies cannot both go on.
#[tokio::test]
async fn pk_10_the_owner_is_mailed_about_a_copy() {
    let (stage, mut device) = (stage().await, device());
    let (access, _) = signed_up(&stage, ADA).await;
    add(&stage, &access, &mut device).await;
    let mut asked = Vec::new();
    for _ in 0..2 {
        let options = stage.post("/sign-in/passkey/options", json!({})).await.is(200).json();
        asked.push(device.get(&options));
    }
    // The later signature first: the other one is of a device that has not counted it.
    stage.post("/sign-in/passkey", json!({ "credential": asked[1] })).await.is(200);
    stage.deliver().await;
    assert!(stage.mailbox.all().iter().all(|mail| mail.kind != LetterKind::PasskeyCloned));
    stage.post("/sign-in/passkey", json!({ "credential": asked[0] })).await.is(401);
    assert!(stage.events().iter().any(|event| matches!(event, EventKind::PasskeyCloned { .. })));
    stage.deliver().await;
    let mail = stage.mailbox.last(LetterKind::PasskeyCloned, ADA);
    assert!(mail.subject.contains("copied"), "{}", mail.subject);
}
