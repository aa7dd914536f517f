//! A passkey as the second step of a sign-in that has begun.

use auth::event::{EventKind, LoginFailure};
use auth::mail::LetterKind;
use auth::testing::SoftwareAuthenticator;
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Reader, Stage};
use auth_tests::{Answer, Call, Place};
use serde_json::{Value, json};

use super::passkeys::{add, device, sign_in, stage};
use super::{ADA, EVE, Enrolled, NEW, amr, by_recovery_code, code, enrol, enrolled, half, signed_up};

/// An account with an app and a passkey.
pub(crate) async fn with_both<P: Place>(stage: &Stage<Reader, P>, email: &str) -> (Enrolled, SoftwareAuthenticator) {
    let (account, mut device) = (enrolled(stage, email).await, device());
    add(stage, &account.access, &mut device).await;
    (account, device)
}

pub(crate) async fn options<P: Place>(stage: &Stage<Reader, P>, handle: &str) -> Answer {
    stage.post("/sign-in/passkey/step/options", json!({ "sign_in": handle })).await
}

pub(crate) async fn step<P: Place>(stage: &Stage<Reader, P>, handle: &str, credential: Value) -> Answer {
    stage.post("/sign-in/passkey/step", json!({ "sign_in": handle, "credential": credential })).await
}

/// The same options for another authenticator: it finds its passkey by itself.
fn for_anybody(options: &Answer) -> Value {
    let mut options = options.json();
    options["allowCredentials"] = json!([]);
    options
}

#[tokio::test]
async fn sign_01_a_passkey_completes_a_sign_in_by_password() {
    let stage = stage().await;
    let (_, mut device) = with_both(&stage, ADA).await;
    let (_, mut other) = (signed_up(&stage, EVE).await, super::passkeys::device());
    let handle = half(&stage, ADA).await;
    let asked = options(&stage, &handle).await.is(200);
    assert_eq!(asked.header("cache-control"), Some("no-store"));
    let allowed = asked.json()["allowCredentials"].as_array().unwrap().len();
    assert_eq!((allowed, &asked.json()["userVerification"]), (1, &json!("required")));
    let tokens = step(&stage, &handle, device.get(&asked.json())).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "hwk", "mfa", "user"]);
    stage.refresh(&tokens.refresh_token()).await.is(200);
    // It is over.
    let refused = options(&stage, &handle).await.is(401);
    assert_eq!(refused.code(), "sign_in_expired");
    // A synchronized one.
    add(&stage, &tokens.access_token(), &mut other).await;
    let mut synced = super::passkeys::device().synced();
    add(&stage, &tokens.access_token(), &mut synced).await;
    let handle = half(&stage, ADA).await;
    let asked = options(&stage, &handle).await.is(200).json();
    assert_eq!(asked["allowCredentials"].as_array().unwrap().len(), 3);
    let tokens = step(&stage, &handle, synced.get(&asked)).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "mfa", "swk", "user"]);
}

#[tokio::test]
async fn sign_01_a_passkey_completes_a_sign_in_by_mail() {
    let stage = stage().await;
    let (_, mut device) = with_both(&stage, ADA).await;
    let asked = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let mailed = json!({ "sign_in": asked, "code": stage.mailbox.last(LetterKind::SignIn, ADA).code() });
    // The handle of the mail opens no options before it was read.
    options(&stage, &asked).await.is(401);
    let waiting = stage.post("/sign-in/mail/code", mailed).await.is(401);
    assert_eq!(waiting.json()["methods"][0], json!({ "method": "passkey" }));
    let handle = waiting.field("sign_in");
    let asked = options(&stage, &handle).await.is(200).json();
    let tokens = step(&stage, &handle, device.get(&asked)).await.is(200);
    // The passkey is two factors by itself; the mailbox is none.
    assert_eq!(amr(&tokens.access_token()), ["hwk", "mfa", "email", "user"]);
}

#[tokio::test]
async fn sign_07_a_passkey_step_makes_the_session_fresh() {
    let stage = stage().await;
    let (ada, mut device) = with_both(&stage, ADA).await;
    stage.after(360);
    let access = stage.refresh(&ada.refresh).await.is(200).access_token();
    let before = auth_tests::payload(&access)["auth_time"].as_u64().unwrap();
    let waiting = stage.post_as(&access, "/reauthenticate", json!({ "password": PASSWORD })).await.is(401);
    assert_eq!(waiting.json()["methods"][0], json!({ "method": "passkey" }));
    let handle = waiting.field("sign_in");
    let asked = options(&stage, &handle).await.is(200).json();
    let fresh = step(&stage, &handle, device.get(&asked)).await.is(200);
    assert!(fresh.json().get("refresh_token").is_none(), "no session began");
    let payload = auth_tests::payload(&fresh.access_token());
    assert!(payload["auth_time"].as_u64().unwrap() >= before + 360);
    assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), 1);
    stage.post_as(&fresh.access_token(), "/factors/passkeys/options", json!({})).await.is(200);
}

#[tokio::test]
async fn pk_14_options_of_an_account_need_a_first_factor() {
    let stage = stage().await;
    let (_, mut device) = with_both(&stage, ADA).await;
    let by_mail = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    let forgotten = stage.post("/password/forgot", json!({ "email": ADA })).await.is(202).field("sign_in");
    for handle in ["", "AAAA", &"A".repeat(64), &by_mail, &forgotten] {
        let refused = options(&stage, handle).await.is(401);
        assert_eq!(refused.code(), "sign_in_expired");
        assert!(!refused.text().contains("allowCredentials"));
        assert_eq!(step(&stage, handle, json!({ "id": "AAAA" })).await.is(401).code(), "sign_in_expired");
    }
    stage.post("/sign-in/passkey/step/options", json!({})).await.is(422);
    stage.post("/sign-in/passkey/step", json!({ "sign_in": "A", "credential": "text" })).await.is(422);
    // The other door asks nobody who they are, also when a sign-in waits.
    let anybody = stage.post("/sign-in/passkey/options", json!({})).await.is(200).json();
    assert_eq!(anybody["allowCredentials"], json!([]));
    sign_in(&stage, &mut device).await.is(200);
    // Whoever has no passkey is told so after the first factor.
    let (access, _) = signed_up(&stage, EVE).await;
    enrol(&stage, &access).await;
    let refused = options(&stage, &half(&stage, EVE).await).await.is(403);
    assert_eq!(refused.code(), "no_passkey");
}

#[tokio::test]
async fn sign_03_a_passkey_of_another_account_is_refused() {
    let stage = stage().await;
    let (_, mut device) = with_both(&stage, ADA).await;
    let (_, mut other) = with_both(&stage, EVE).await;
    let handle = half(&stage, ADA).await;
    stage.events();
    let asked = options(&stage, &handle).await.is(200);
    let refused = step(&stage, &handle, other.get(&for_anybody(&asked))).await.is(401);
    assert_eq!(refused.code(), "invalid_passkey");
    // It is the owner of the sign-in who is told, and nobody was signed in.
    let failed = EventKind::LoginFailed { user: Some("1".to_owned()), reason: LoginFailure::WrongPasskey };
    assert!(stage.events().contains(&failed));
    // The challenge went with it, the sign-in did not.
    step(&stage, &handle, device.get(&asked.json())).await.is(401);
    let asked = options(&stage, &handle).await.is(200).json();
    let tokens = step(&stage, &handle, device.get(&asked)).await.is(200);
    assert_eq!(auth_tests::payload(&tokens.access_token())["sub"], "1");
}

#[tokio::test]
async fn pk_02_a_step_has_a_challenge_of_its_own() {
    let stage = stage().await;
    let (ada, mut device) = with_both(&stage, ADA).await;
    let (_, mut other) = with_both(&stage, EVE).await;
    let (one, another, eves) = (half(&stage, ADA).await, half(&stage, ADA).await, half(&stage, EVE).await);
    let answer = |device: &mut SoftwareAuthenticator, options: &Answer| device.get(&for_anybody(options));
    let of_one = options(&stage, &one).await.is(200);
    // Another sign-in of the same user, and of somebody else; a sign-in of its own; a reauthentication.
    step(&stage, &another, answer(&mut device, &of_one)).await.is(401);
    step(&stage, &eves, answer(&mut other, &of_one)).await.is(401);
    let body = |credential: Value| json!({ "credential": credential });
    stage.post("/sign-in/passkey", body(answer(&mut device, &of_one))).await.is(401);
    let as_session = answer(&mut device, &of_one);
    stage.post_as(&ada.access, "/reauthenticate/passkey", body(as_session)).await.is(401);
    // And what was made for those is for no step.
    let anybody = stage.post("/sign-in/passkey/options", json!({})).await.is(200);
    step(&stage, &one, answer(&mut device, &anybody)).await.is(401);
    let of_session = stage.post_as(&ada.access, "/reauthenticate/passkey/options", json!({})).await.is(200);
    step(&stage, &one, answer(&mut device, &of_session)).await.is(401);
    // It was used nowhere, so it still works where it belongs: once.
    let shown = answer(&mut device, &of_one);
    step(&stage, &one, shown.clone()).await.is(200);
    assert_eq!(step(&stage, &one, shown).await.is(401).code(), "sign_in_expired");
}

#[tokio::test]
async fn sign_04_a_sign_in_takes_five_wrong_passkeys() {
    let stage = stage().await;
    let (ada, mut device) = with_both(&stage, ADA).await;
    let handle = half(&stage, ADA).await;
    for _ in 0..5 {
        let refused = step(&stage, &handle, json!({ "id": "AAAA" })).await.is(401);
        assert_eq!(refused.code(), "invalid_passkey");
    }
    let asked = options(&stage, &handle).await.is(200).json();
    assert_eq!(step(&stage, &handle, device.get(&asked)).await.is(401).code(), "sign_in_expired");
    // They cost the account nothing, and neither do codes of an app count for passkeys.
    by_recovery_code(&stage, &half(&stage, ADA).await, &ada.recovery_codes[0]).await.is(200);
}

#[tokio::test]
async fn pk_05_a_step_takes_user_verification() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let mut device = device();
    add(&stage, &ada.access, &mut device).await;
    let mut device = device.without_user_verification();
    let handle = half(&stage, ADA).await;
    let asked = options(&stage, &handle).await.is(200).json();
    assert_eq!(step(&stage, &handle, device.get(&asked)).await.is(401).code(), "invalid_passkey");
}

#[tokio::test]
async fn sign_05_what_changed_meanwhile_ends_a_passkey_step() {
    for change in ["disable", "delete", "set_password", "end_sessions", "reset_factors", "remove_passkey"] {
        let stage = stage().await;
        let (ada, mut device) = (enrolled(&stage, ADA).await, device());
        let id = add(&stage, &ada.access, &mut device).await;
        let handle = half(&stage, ADA).await;
        let asked = options(&stage, &handle).await.is(200).json();
        let accounts = stage.auth.accounts();
        match change {
            "disable" => accounts.disable(&1).await.unwrap(),
            "delete" => accounts.delete(&1).await.unwrap(),
            "set_password" => accounts.set_password(&1, NEW).await.unwrap(),
            "end_sessions" => accounts.end_sessions(&1).await.unwrap(),
            "reset_factors" => accounts.reset_factors(&1).await.unwrap(),
            _ => {
                let path = format!("/factors/passkeys/{id}");
                stage.send(Call::delete(&path).bearer(&ada.access)).await.is(204);
            }
        }
        let sessions = usize::from(change == "remove_passkey");
        let answer = step(&stage, &handle, device.get(&asked)).await;
        assert!([401, 403].contains(&answer.status.as_u16()), "{change}: {}", answer.text());
        assert!([401, 403].contains(&options(&stage, &handle).await.status.as_u16()), "{change}");
        assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), sessions, "{change}");
    }
}

#[tokio::test]
async fn browsers_keep_the_handle_of_a_passkey_step() {
    let stage = stage().await;
    let (_, mut device) = with_both(&stage, ADA).await;
    let ours = |path: &str, cookies: &str| Call::post(path).same_origin().cookie(cookies);
    let login = Call::post("/login?cookies=true").same_origin().json(&json!({ "email": ADA, "password": PASSWORD }));
    let waiting = stage.send(login).await.is(401);
    assert!(waiting.json().get("sign_in").is_none());
    let kept = waiting.cookies();
    // A page of another site gets neither options nor a session.
    let foreign = Call::post("/sign-in/passkey/step/options").header("sec-fetch-site", "cross-site").cookie(&kept);
    assert_eq!(stage.send(foreign).await.is(403).code(), "cross_site");
    let asked = stage.send(ours("/sign-in/passkey/step/options", &kept)).await.is(200).json();
    let body = json!({ "credential": device.get(&asked) });
    let foreign = Call::post("/sign-in/passkey/step").header("sec-fetch-site", "cross-site").cookie(&kept).json(&body);
    assert_eq!(stage.send(foreign).await.is(403).code(), "cross_site");
    let signed_in = stage.send(ours("/sign-in/passkey/step", &kept).json(&body)).await.is(200);
    assert!(signed_in.json().get("access_token").is_none());
    let cookies = signed_in.set_cookies().join("\n");
    assert!(cookies.contains("__Host-reader-access=") && cookies.contains("__Host-reader-sign-in=;"), "{cookies}");
    // A handle that nobody goes on with is in nobody's way at the other door.
    let mut anybody = super::passkeys::device();
    let (eve, _) = signed_up(&stage, EVE).await;
    add(&stage, &eve, &mut anybody).await;
    let login = Call::post("/login?cookies=true").same_origin().json(&json!({ "email": ADA, "password": PASSWORD }));
    let kept = stage.send(login).await.is(401).cookies();
    let asked = stage.send(ours("/sign-in/passkey/options", &kept)).await.is(200).json();
    let body = json!({ "credential": anybody.get(&asked) });
    stage.send(ours("/sign-in/passkey?cookies=true", &kept).json(&body)).await.is(200);
}

#[tokio::test]
async fn an_application_takes_a_passkey_step_itself() {
    use auth::{Answer, AuthError, ClientInfo, Credentials, SignIn};
    let stage = stage().await;
    let (ada, mut device) = with_both(&stage, ADA).await;
    let client = ClientInfo::default();
    let waiting = stage.auth.login(Credentials::new(ADA, PASSWORD), &client).await.unwrap();
    let SignIn::Pending(pending) = waiting else { panic!("a second step is needed") };
    let asked = stage.auth.begin_passkey_step(&pending.sign_in, &client).await.unwrap();
    let shown = device.get(&serde_json::to_value(asked).unwrap());
    let answer = Answer::Passkey(&shown);
    assert_eq!(format!("{answer:?}"), "Answer::Passkey([redacted])");
    let (user, _) = stage.auth.answer(&pending.sign_in, answer, &client).await.unwrap().signed_in().unwrap();
    assert_eq!(user.email, ADA);
    let claims: auth_tests::stage::ReaderClaims = serde_json::from_value(auth_tests::payload(&ada.access)).unwrap();
    let refused = stage.auth.verify_address(&claims, answer, &client).await;
    assert!(matches!(refused, Err(AuthError::InvalidRequest(_))), "{refused:?}");
    // `code` is of the app.
    super::by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200);
}
