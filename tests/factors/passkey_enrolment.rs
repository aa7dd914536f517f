//! A passkey that is added inside the sign-in of somebody who must have a second factor.

use auth::event::EventKind;
use auth::mail::LetterKind;
use auth::testing::SoftwareAuthenticator;
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{CLERKS, Clerk, Duty};
use auth_tests::stage::Stage;
use auth_tests::{Answer, Call, Database, Place};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::passkeys::{device, sign_in, with_passkeys};
use super::{ADA, EVE, NEW, amr};

pub(crate) async fn without_mail<P: Place>(place: P) -> Stage<Clerk, P>
where
    Clerk: auth::store::sql::SqlUser<P::Driver> + auth::store::sql::SqlRow<P::Driver>,
{
    Stage::without_mail(place, |builder| {
        builder.base_url("https://app.example").totp("Shop").passkeys(auth::PasskeySettings::new("Example Shop"))
    })
    .await
}

/// An account that must have a second factor, and has none; the handle of its sign-in.
pub(crate) async fn waiting<P: Place>(stage: &Stage<Clerk, P>) -> String {
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    handle(&stage.login(ADA).await)
}

fn handle(answer: &Answer) -> String {
    assert_eq!((answer.status.as_u16(), answer.field("needs").as_str()), (401, "enrolment"), "{}", answer.text());
    let methods = json!([{ "method": "passkey_enrolment" }, { "method": "totp_enrolment" }]);
    assert_eq!(answer.json()["methods"], methods);
    answer.field("sign_in")
}

pub(crate) async fn options<P: Place>(stage: &Stage<Clerk, P>, handle: &str) -> Answer {
    stage.post("/sign-in/enrol/passkey/options", json!({ "sign_in": handle })).await
}

pub(crate) fn body(handle: &str, credential: &Value) -> Value {
    json!({ "sign_in": handle, "credential": credential, "name": "Phone" })
}

async fn add<P: Place>(stage: &Stage<Clerk, P>, handle: &str, device: &mut SoftwareAuthenticator) -> Answer {
    let asked = options(stage, handle).await.is(200).json();
    stage.post("/sign-in/enrol/passkey", body(handle, &device.create(&asked))).await
}

#[tokio::test]
async fn sign_12_a_passkey_is_added_inside_the_sign_in() {
    let (stage, mut device) = (without_mail(Database::with(CLERKS[0]).await).await, device());
    let handle = waiting(&stage).await;
    let tokens = add(&stage, &handle, &mut device).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "hwk", "mfa", "user"]);
    stage.me(&tokens.access_token()).await.is(200);
    stage.refresh(&tokens.refresh_token()).await.is(200);
    let events = stage.events();
    assert!(events.contains(&EventKind::PasskeyAdded { user: "1".to_owned() }));
    // The session of the sign-up has ended.
    assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), 1);
    assert_eq!(options(&stage, &handle).await.is(401).code(), "sign_in_expired");
    // From now on it is asked for, and the codes take its place.
    let codes = tokens.json()["recovery_codes"].as_array().unwrap().clone();
    assert_eq!(codes.len(), 10);
    let waiting = stage.login(ADA).await.is(401).json();
    assert_eq!(waiting["methods"], json!([{ "method": "passkey" }, { "method": "recovery_code" }]));
    let step = json!({ "sign_in": waiting["sign_in"], "code": codes[0] });
    let tokens = stage.post("/sign-in/recovery-code", step).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "mfa", "recovery"]);
    let factors = stage.send(Call::get("/factors").bearer(&tokens.access_token())).await.is(200).json();
    assert_eq!(factors["recovery_codes_left"], 9);
    let again = stage.post_as(&tokens.access_token(), "/factors/recovery-codes", json!({})).await.is(200).json();
    assert!(!again["recovery_codes"].as_array().unwrap().contains(&codes[1]));
    sign_in(&stage, &mut device).await.is(200);
}

#[tokio::test]
async fn sign_12_with_mail_a_passkey_needs_the_mailbox() {
    let place = Database::with(CLERKS[0]).await;
    let (stage, mut device) = (Stage::<Clerk, _>::with(place, with_passkeys).await, device());
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    let by_mail = stage.login(ADA).await.is(401);
    assert_eq!(by_mail.field("needs"), "mailbox");
    options(&stage, &by_mail.field("sign_in")).await.is(401);
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    let mailed = json!({ "sign_in": by_mail.field("sign_in"), "code": code });
    let handle = handle(&stage.post("/sign-in/mail/code", mailed).await);
    let tokens = add(&stage, &handle, &mut device).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "hwk", "mfa", "email", "user"]);
    stage.deliver().await;
    let _ = stage.mailbox.last(LetterKind::PasskeyAdded, ADA);
}

#[tokio::test]
async fn sign_12_the_handle_adds_nothing_elsewhere() {
    let (stage, mut device) = (without_mail(Database::with(CLERKS[0]).await).await, device());
    let one = waiting(&stage).await;
    let other = handle(&stage.login(ADA).await);
    let asked = options(&stage, &one).await.is(200).json();
    let made = device.create(&asked);
    // Of another sign-in of the same user, of a session, and of a sign-in that waits for something else.
    assert_eq!(stage.post("/sign-in/enrol/passkey", body(&other, &made)).await.is(422).code(), "invalid_fields");
    for wrong in ["", "AAAA", &"A".repeat(64)] {
        options(&stage, wrong).await.is(401);
        stage.post("/sign-in/enrol/passkey", body(wrong, &made)).await.is(401);
    }
    for path in ["/sign-in/passkey/step", "/sign-in/passkey"] {
        stage.post(path, json!({ "sign_in": one, "credential": made })).await;
        assert!(stage.auth.sessions(&1).await.unwrap().len() == 1, "{path}");
    }
    // The answer to `create` is none to `get`, and the other way round.
    let mut eves = super::passkeys::device();
    stage.post("/register", json!({ "email": EVE, "password": PASSWORD })).await.is(201);
    let mut of_eve = asked.clone();
    of_eve["challenge"] = options(&stage, &other).await.is(200).json()["challenge"].clone();
    stage.post("/sign-in/enrol/passkey", body(&one, &eves.create(&of_eve))).await.is(422);
    let tokens = stage.post("/sign-in/enrol/passkey", body(&one, &made)).await.is(200);
    // It has been added once: the other sign-in is void.
    assert_eq!(stage.post("/sign-in/enrol/passkey", body(&other, &made)).await.is(401).code(), "sign_in_expired");
    let listed = stage.send(Call::get("/factors/passkeys").bearer(&tokens.access_token())).await.is(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn sign_12_five_answers_may_be_tried() {
    let (stage, mut device) = (without_mail(Database::with(CLERKS[0]).await).await, device());
    let handle = waiting(&stage).await;
    for name in ["", " ", &"x".repeat(65)] {
        // Costs no try: it says nothing about the passkey.
        let body = json!({ "sign_in": handle, "credential": {}, "name": name });
        assert_eq!(stage.post("/sign-in/enrol/passkey", body).await.is(422).broken()[0].0, "name");
    }
    for _ in 0..5 {
        let refused = stage.post("/sign-in/enrol/passkey", body(&handle, &json!({ "id": "AAAA" }))).await.is(422);
        assert_eq!(refused.broken(), [("credential".to_owned(), "invalid".to_owned())]);
    }
    assert_eq!(add(&stage, &handle, &mut device).await.is(401).code(), "sign_in_expired");
    assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), 1, "that of the sign-up");
}

/// The same passkey under the id of another one: nothing of it is signed.
fn with_id(mut made: Value, other: &Value) -> Value {
    let bytes = |value: &Value| URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap();
    let (id, wanted) = (bytes(&made["id"]), bytes(&other["id"]));
    let mut object = bytes(&made["response"]["attestationObject"]);
    let place = object.windows(id.len()).position(|window| window == id).unwrap();
    object[place..place + id.len()].copy_from_slice(&wanted);
    made["response"]["attestationObject"] = URL_SAFE_NO_PAD.encode(&object).into();
    (made["id"], made["rawId"]) = (other["id"].clone(), other["id"].clone());
    made
}

#[tokio::test]
async fn pk_09_a_registered_passkey_enrols_nobody() {
    let (stage, mut device) = (without_mail(Database::with(CLERKS[0]).await).await, device());
    stage.post("/register", json!({ "email": EVE, "password": PASSWORD })).await.is(201);
    let eve = stage.login(EVE).await.is(200).access_token();
    let asked = stage.post_as(&eve, "/factors/passkeys/options", json!({})).await.is(200).json();
    let made = device.create(&asked);
    stage.post_as(&eve, "/factors/passkeys", json!({ "credential": made, "name": "Phone" })).await.is(201);
    // Somebody else says that it is theirs.
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_role(&2, Duty::Admin).await.unwrap();
    let handle = handle(&stage.login(ADA).await);
    let asked = options(&stage, &handle).await.is(200).json();
    let copied = with_id(super::passkeys::device().create(&asked), &made);
    let refused = stage.post("/sign-in/enrol/passkey", body(&handle, &copied)).await.is(409);
    assert_eq!(refused.code(), "passkey_registered");
    // The sign-in goes on with one of their own.
    let mut own = super::passkeys::device();
    let tokens = add(&stage, &handle, &mut own).await.is(200);
    assert_eq!(auth_tests::payload(&tokens.access_token())["sub"], "2");
    assert_eq!(auth_tests::payload(&sign_in(&stage, &mut device).await.is(200).access_token())["sub"], "1");
}

#[tokio::test]
async fn sign_05_what_changed_meanwhile_adds_no_passkey() {
    for change in ["disable", "delete", "set_password", "end_sessions", "set_role"] {
        let (stage, mut device) = (without_mail(Database::with(CLERKS[0]).await).await, device());
        let handle = waiting(&stage).await;
        let asked = options(&stage, &handle).await.is(200).json();
        let accounts = stage.auth.accounts();
        match change {
            "disable" => accounts.disable(&1).await.unwrap(),
            "delete" => accounts.delete(&1).await.unwrap(),
            "set_password" => accounts.set_password(&1, NEW).await.unwrap(),
            "end_sessions" => accounts.end_sessions(&1).await.unwrap(),
            _ => accounts.set_role(&1, Duty::Guest).await.unwrap(),
        }
        let answer = stage.post("/sign-in/enrol/passkey", body(&handle, &device.create(&asked))).await;
        let passkeys = stage.auth.sign_in_by_passkey(&json!({}), &auth::ClientInfo::default()).await;
        assert!(passkeys.is_err());
        if change == "set_role" {
            // What was shown is still good, and the factor is no worse for it.
            answer.is(200);
        } else {
            assert!([401, 403].contains(&answer.status.as_u16()), "{change}: {}", answer.text());
            assert!(stage.auth.sessions(&1).await.unwrap().is_empty(), "{change}");
        }
    }
}

#[tokio::test]
async fn sign_02_a_reauthentication_adds_a_passkey() {
    let before =
        Stage::<super::required_of_all::before::Clerk, _>::with(Database::with(CLERKS[0]).await, with_passkeys);
    let before = before.await;
    let tokens = before.post("/register", json!({ "email": ADA, "password": PASSWORD })).await.is(201);
    before.auth.accounts().set_verified(&1, true).await.unwrap();
    before.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    drop(tokens);
    let weak = before.post("/login", json!({ "email": ADA, "password": PASSWORD })).await.is(200).access_token();
    let (stage, mut device) = (Stage::<Clerk, _>::with(before.place.clone(), with_passkeys).await, device());
    let asked = stage.post_as(&weak, "/reauthenticate", json!({ "password": PASSWORD })).await.is(401);
    assert_eq!(asked.field("needs"), "mailbox");
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    let mailed = json!({ "sign_in": asked.field("sign_in"), "code": code });
    let handle = handle(&stage.post("/sign-in/mail/code", mailed).await);
    let fresh = add(&stage, &handle, &mut device).await.is(200);
    assert!(fresh.json().get("refresh_token").is_none() && fresh.json()["recovery_codes"].is_array());
    stage.me(&fresh.access_token()).await.is(200);
}

/// Codes that a stranger has must not be a factor of whoever has the account afterwards.
#[tokio::test]
async fn reg_08_recovery_codes_end_with_a_strangers_passkey() {
    let place = Database::with(CLERKS[0]).await;
    let (without, mut device) = (without_mail(place.clone()).await, device());
    let handle = waiting(&without).await;
    add(&without, &handle, &mut device).await.is(200);
    let stage = Stage::<Clerk, _>::with(place, with_passkeys).await;
    // Of whoever must have one, a mailbox ends none.
    stage.auth.accounts().set_role(&1, Duty::Guest).await.unwrap();
    let asked = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    stage.post("/sign-in/mail/code", json!({ "sign_in": asked, "code": code })).await.is(200);
    sign_in(&stage, &mut device).await.is(401);
    stage.auth.accounts().set_password(&1, NEW).await.unwrap();
    let access = stage.post("/login", json!({ "email": ADA, "password": NEW })).await.is(200).access_token();
    let factors = stage.send(Call::get("/factors").bearer(&access)).await.is(200).json();
    assert_eq!(factors["recovery_codes_left"], 0);
}

#[tokio::test]
async fn rc_04_recovery_codes_go_with_the_last_passkey() {
    let (stage, mut device) = (without_mail(Database::with(CLERKS[0]).await).await, device());
    let handle = waiting(&stage).await;
    add(&stage, &handle, &mut device).await.is(200);
    stage.auth.accounts().set_role(&1, Duty::Member).await.unwrap();
    let access = sign_in(&stage, &mut device).await.is(200).access_token();
    let left =
        async || stage.send(Call::get("/factors").bearer(&access)).await.is(200).json()["recovery_codes_left"].clone();
    assert_eq!(left().await, 10);
    let listed = stage.send(Call::get("/factors/passkeys").bearer(&access)).await.is(200).json();
    let path = format!("/factors/passkeys/{}", listed[0]["id"].as_str().unwrap());
    stage.send(Call::delete(&path).bearer(&access)).await.is(204);
    assert_eq!(left().await, 0);
    let refused = stage.post_as(&access, "/factors/recovery-codes", json!({})).await.is(403);
    assert_eq!(refused.code(), "totp_not_set_up");
}
