//! A passkey is the second factor of whoever must have one, and it ends with what a former holder has set.

use auth::AuthUser;
use auth::mail::LetterKind;
use auth::testing::SoftwareAuthenticator;
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{CLERKS, Clerk, Duty};
use auth_tests::stage::Stage;
use auth_tests::{Answer, Call, Database};
use serde_json::{Value, json};

use super::passkeys::{device, with_passkeys};
use super::required_of_all::before;
use super::{ADA, NEW, amr};

async fn stage() -> Stage<Clerk, Database> {
    Stage::with(Database::with(CLERKS[0]).await, with_passkeys).await
}

/// Somebody with a confirmed address and a passkey, signed in with the password. They need no factor yet.
async fn with_a_passkey<U: AuthUser<Id = i64>>(stage: &Stage<U, Database>) -> (Answer, SoftwareAuthenticator) {
    let tokens = stage.post("/register", json!({ "email": ADA, "password": PASSWORD })).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let tokens = stage.refresh(&tokens.refresh_token()).await.is(200);
    let mut device = device();
    let options = stage.post_as(&tokens.access_token(), "/factors/passkeys/options", json!({})).await.is(200).json();
    let body = json!({ "credential": device.create(&options), "name": "Phone" });
    stage.post_as(&tokens.access_token(), "/factors/passkeys", body).await.is(201);
    (tokens, device)
}

async fn sign_in(stage: &Stage<Clerk, Database>, device: &mut SoftwareAuthenticator) -> Answer {
    let options = stage.post("/sign-in/passkey/options", json!({})).await.is(200).json();
    stage.post("/sign-in/passkey", json!({ "credential": device.get(&options) })).await
}

fn methods(answer: &Answer) -> Vec<Value> {
    answer.json()["methods"].as_array().unwrap().iter().map(|one| one["method"].clone()).collect()
}

/// Otherwise a stolen password would add an app of the thief's, and never meet the passkey.
#[tokio::test]
async fn sign_12_a_password_adds_no_app_beside_a_passkey() {
    let stage = stage().await;
    let (_, mut device) = with_a_passkey(&stage).await;
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    let waiting = stage.login(ADA).await.is(401);
    assert_eq!((waiting.code().as_str(), waiting.field("needs").as_str()), ("factor_required", "factor"));
    assert_eq!(methods(&waiting), ["passkey"]);
    let handle = waiting.field("sign_in");
    stage.post("/sign-in/enrol/totp", json!({ "sign_in": handle })).await.is(401);
    stage.post("/sign-in/totp", json!({ "sign_in": handle, "code": "123456" })).await.is(401);
    assert!(amr(&sign_in(&stage, &mut device).await.is(200).access_token()).contains(&"mfa".to_owned()));
}

/// A mailbox is no factor, so what follows it would have to be two.
#[tokio::test]
async fn sign_02_by_mail_nobody_signs_in_under_the_rule() {
    let stage = stage().await;
    let (_, mut device) = with_a_passkey(&stage).await;
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    let handle = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    let waiting = stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await.is(401);
    assert_eq!(waiting.code(), "step_up_required", "{}", waiting.text());
    // The passkey alone is enough.
    let tokens = sign_in(&stage, &mut device).await.is(200);
    assert!(amr(&tokens.access_token()).contains(&"mfa".to_owned()));
}

/// The token was issued before the rule was.
#[tokio::test]
async fn sign_02_a_weak_session_is_strengthened_by_the_passkey() {
    let before = Stage::<before::Clerk, _>::with(Database::with(CLERKS[0]).await, with_passkeys).await;
    let (_, mut device) = with_a_passkey(&before).await;
    before.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    let weak = before.post("/login", json!({ "email": ADA, "password": PASSWORD })).await.is(200).access_token();
    let stage = Stage::<Clerk, _>::with(before.place.clone(), with_passkeys).await;
    assert_eq!(stage.me(&weak).await.is(401).code(), "step_up_required");
    assert_eq!(stage.send(Call::get("/factors/passkeys").bearer(&weak)).await.is(200).json()[0]["name"], "Phone");
    let options = stage.post_as(&weak, "/reauthenticate/passkey/options", json!({})).await.is(200).json();
    let shown = json!({ "credential": device.get(&options) });
    let strong = stage.post_as(&weak, "/reauthenticate/passkey", shown).await.is(200).access_token();
    stage.me(&strong).await.is(200);
}

/// By whichever mail: whoever had the account before its address was confirmed keeps no way in.
#[tokio::test]
async fn reg_08_who_reads_the_mail_ends_a_strangers_passkey() {
    for by_reset in [false, true] {
        let stage = stage().await;
        let (_, mut device) = with_a_passkey(&stage).await;
        // An operator has given the account an address that nobody has confirmed.
        stage.auth.accounts().set_verified(&1, false).await.unwrap();
        if by_reset {
            let handle = stage.post("/password/forgot", json!({ "email": ADA })).await.is(202).field("sign_in");
            stage.deliver().await;
            let code = stage.mailbox.last(LetterKind::ResetPassword, ADA).code();
            let body = json!({ "sign_in": handle, "code": code, "new_password": NEW });
            stage.post("/password/reset", body).await.is(204);
        } else {
            let handle = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
            stage.deliver().await;
            let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
            stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await.is(200);
        }
        assert_eq!(sign_in(&stage, &mut device).await.is(401).code(), "unknown_passkey", "by reset: {by_reset}");
    }
}

/// A confirmed address says whose account it is: a mail takes no passkey from its owner.
#[tokio::test]
async fn step_05_a_new_password_leaves_the_passkeys() {
    let stage = stage().await;
    let (tokens, mut device) = with_a_passkey(&stage).await;
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    stage.post_as(&tokens.access_token(), "/password/change", change).await.is(204);
    sign_in(&stage, &mut device).await.is(200);
}
