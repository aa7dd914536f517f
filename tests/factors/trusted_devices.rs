//! Devices on which a second step is not asked for again.

use std::time::Duration;

use auth::event::EventKind;
use auth::mail::LetterKind;
use auth::{Auth, AuthBuilder, AuthUser, ClientInfo, Secret};
use auth_tests::app::PASSWORD;
use auth_tests::clerk::{CLERKS, Clerk, Duty};
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database, Place};
use serde_json::{Value, json};

use super::passkeys::{add, device, sign_in, with_passkeys};
use super::{ADA, EVE, Enrolled, NEW, amr, by_recovery_code, code, enrolled, half};

pub(crate) const DAY: u64 = 24 * 60 * 60;

pub(crate) fn with_devices<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
    with_passkeys(builder).trusted_devices(Duration::from_secs(30 * DAY))
}

pub(crate) async fn stage() -> Stage<Reader, Database> {
    Stage::with(Database::with(TABLES[0]).await, with_devices).await
}

/// Takes the second step with the app, and trusts the device.
async fn trusting(stage: &Stage<Reader, Database>, email: &str, secret: &str) -> Answer {
    let body = json!({ "sign_in": half(stage, email).await, "code": code(stage, secret), "trust_device": true });
    stage.post("/sign-in/totp", body).await.is(200)
}

pub(crate) async fn login_on<P: Place>(stage: &Stage<Reader, P>, password: &str, device: &str) -> Answer {
    stage.post("/login", json!({ "email": ADA, "password": password, "device": device })).await
}

/// Ada, with an app, and what her device keeps.
pub(crate) async fn with_device(stage: &Stage<Reader, Database>) -> (Enrolled, String) {
    let ada = enrolled(stage, ADA).await;
    let device = trusting(stage, ADA, &ada.secret).await.field("device");
    (ada, device)
}

#[expect(clippy::needless_pass_by_value, reason = "of an answer that is read for nothing else")]
pub(crate) fn is_asked(answer: Answer) -> String {
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "factor_required"), "{}", answer.text());
    answer.json()["sign_in"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn step_07_a_trusted_device_needs_the_password_alone() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    stage.events();
    let trusted = trusting(&stage, ADA, &ada.secret).await;
    assert_eq!(trusted.json()["device_expires_in"], json!(30 * DAY));
    assert!(stage.events().contains(&EventKind::DeviceTrusted { user: "1".to_owned() }));
    let device = trusted.field("device");
    let tokens = login_on(&stage, PASSWORD, &device).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd"], "a device is no factor");
    assert!(tokens.json().get("device").is_none());
    stage.me(&tokens.access_token()).await.is(200);
    // It takes the place of nothing else.
    assert_eq!(login_on(&stage, NEW, &device).await.is(401).code(), "invalid_credentials");
    is_asked(stage.login(ADA, PASSWORD).await);
    for nothing in ["", "A", &"A".repeat(86), &device[1..], &format!("{device}A")] {
        is_asked(login_on(&stage, PASSWORD, nothing).await);
    }
    let refused = stage.post("/login", json!({ "email": ADA, "password": PASSWORD, "device": 1 })).await.is(422);
    assert_eq!(refused.broken()[0].0, "device");
    // By mail, the factor is asked for: mails alone lead to no session.
    let asked = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    let body = json!({ "sign_in": asked, "code": code });
    is_asked(stage.post("/sign-in/mail/code", body.clone()).await);
    let with_device = json!({ "sign_in": asked, "code": code, "device": device });
    stage.post("/sign-in/mail/code", with_device).await.is(422);
}

#[tokio::test]
async fn step_07_a_session_on_a_trusted_device_is_not_fresh() {
    let stage = stage().await;
    let (ada, device) = with_device(&stage).await;
    stage.after(30);
    let tokens = login_on(&stage, PASSWORD, &device).await.is(200);
    assert_eq!(auth_tests::payload(&tokens.access_token())["auth_time"], json!(0));
    for (method, path) in [("POST", "/factors/totp"), ("DELETE", "/factors/totp"), ("POST", "/factors/recovery-codes")]
    {
        let call = Call::new(method.parse().unwrap(), path).bearer(&tokens.access_token());
        assert_eq!(stage.send(call).await.is(401).code(), "step_up_required", "{path}");
    }
    stage.send(Call::delete("/factors/trusted-devices").bearer(&tokens.access_token())).await.is(401);
    let refreshed = stage.refresh(&tokens.refresh_token()).await.is(200).access_token();
    stage.post_as(&refreshed, "/factors/passkeys/options", json!({})).await.is(401);
    // A reauthentication asks for everything, whatever the device keeps.
    let body = json!({ "password": PASSWORD });
    let handle = is_asked(stage.post_as(&refreshed, "/reauthenticate", body).await);
    let with_device = json!({ "password": PASSWORD, "device": device });
    stage.post_as(&refreshed, "/reauthenticate", with_device).await.is(422);
    // And it trusts no other device.
    let session = auth_tests::payload(&refreshed)["sid"].as_str().unwrap().parse().unwrap();
    let client = ClientInfo::default();
    assert_eq!(stage.auth.trust_device(&1, session, &client).await.unwrap(), None);
    let step = json!({ "sign_in": handle, "code": code(&stage, &ada.secret) });
    let fresh = stage.post("/sign-in/totp", step).await.is(200).access_token();
    stage.post_as(&fresh, "/factors/passkeys/options", json!({})).await.is(200);
    assert!(stage.auth.trust_device(&1, session, &client).await.unwrap().is_some(), "now it has shown both");
}

#[tokio::test]
async fn step_07_a_device_is_trusted_for_thirty_days() {
    let stage = stage().await;
    let (_, device) = with_device(&stage).await;
    stage.after(30 * DAY - 60);
    login_on(&stage, PASSWORD, &device).await.is(200);
    // Using it does not prolong it.
    stage.after(60);
    is_asked(login_on(&stage, PASSWORD, &device).await);
}

#[tokio::test]
async fn step_07_days_count_from_the_second_step() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let tokens = super::by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200);
    let session = auth_tests::payload(&tokens.access_token())["sid"].as_str().unwrap().parse().unwrap();
    stage.after(DAY);
    let device = stage.auth.trust_device(&1, session, &ClientInfo::default()).await.unwrap().unwrap();
    assert_eq!(device.expires_in, Duration::from_secs(29 * DAY));
    assert!(!format!("{device:?}").contains(&device.token));
    login_on(&stage, PASSWORD, &device.token).await.is(200);
}

#[tokio::test]
async fn dev_01_a_device_of_another_account_has_no_effect() {
    let stage = stage().await;
    let (_, _) = with_device(&stage).await;
    let eve = enrolled(&stage, EVE).await;
    let of_eve = trusting(&stage, EVE, &eve.secret).await.field("device");
    is_asked(login_on(&stage, PASSWORD, &of_eve).await);
    stage.post("/login", json!({ "email": EVE, "password": PASSWORD, "device": of_eve })).await.is(200);
}

#[tokio::test]
async fn dev_01_roles_and_names_end_no_device() {
    let stage = stage().await;
    let (ada, device) = with_device(&stage).await;
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    stage.send(Call::post("/logout").bearer(&ada.access)).await.is(204);
    login_on(&stage, PASSWORD, &device).await.is(200);
    // Nor does another one that is trusted.
    stage.after(30);
    let other = trusting(&stage, ADA, &ada.secret).await.field("device");
    assert_ne!(device, other);
    login_on(&stage, PASSWORD, &device).await.is(200);
    login_on(&stage, PASSWORD, &other).await.is(200);
}

/// The device was trusted before its user had to have a second factor.
#[tokio::test]
async fn dev_01_no_device_passes_the_rule_of_a_type() {
    let stage = Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, with_devices).await;
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let access = stage.login(ADA).await.is(200).access_token();
    let secret = stage.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
    let shown = |stage: &Stage<Clerk, Database>| {
        use auth::clock::Clock as _;
        auth::testing::totp_code(&secret, stage.clock.now())
    };
    stage.post_as(&access, "/factors/totp/confirm", json!({ "code": shown(&stage) })).await.is(200);
    let step = async || {
        stage.after(30);
        let handle = is_asked(stage.login(ADA).await);
        let body = json!({ "sign_in": handle, "code": shown(&stage), "trust_device": true });
        stage.post("/sign-in/totp", body).await.is(200)
    };
    let device = step().await.field("device");
    let login = async || stage.post("/login", json!({ "email": ADA, "password": PASSWORD, "device": device })).await;
    let weak = login().await.is(200);
    stage.auth.accounts().set_role(&1, Duty::Admin).await.unwrap();
    is_asked(login().await);
    assert_eq!(stage.refresh(&weak.refresh_token()).await.is(401).code(), "step_up_required");
    // Nobody asks such a user to trust a device, either.
    assert!(step().await.json().get("device").is_none());
    stage.auth.accounts().set_role(&1, Duty::Member).await.unwrap();
    login().await.is(200);
}

#[tokio::test]
async fn dev_01_trust_survives_a_restart_and_a_rotation() {
    let stage = stage().await;
    let (_, device) = with_device(&stage).await;
    let former = Secret::new(auth_tests::app::SECRET).unwrap();
    stage.auth.rotate_secret(&Secret::generate().unwrap(), &[former]).await.unwrap();
    login_on(&stage, PASSWORD, &device).await.is(200);
    let again = Stage::<Reader, _>::with(stage.place.clone(), with_devices).await;
    again.clock.advance(Duration::from_mins(1));
    login_on(&again, PASSWORD, &device).await.is(200);
    // Where devices are not trusted (any more), it counts for nothing.
    let without = Stage::<Reader, _>::with(stage.place.clone(), with_passkeys).await;
    without.clock.advance(Duration::from_mins(1));
    is_asked(login_on(&without, PASSWORD, &device).await);
    let shorter = |builder: AuthBuilder<Reader>| with_passkeys(builder).trusted_devices(Duration::from_mins(1));
    let shorter = Stage::<Reader, _>::with(stage.place.clone(), shorter).await;
    shorter.clock.advance(Duration::from_secs(150));
    is_asked(login_on(&shorter, PASSWORD, &device).await);
}

#[tokio::test]
async fn dev_01_browsers_keep_the_device_in_a_cookie() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let ours = |path: &str, cookies: &str, body: Value| Call::post(path).same_origin().cookie(cookies).json(&body);
    let login = json!({ "email": ADA, "password": PASSWORD });
    let half = stage.send(ours("/login?cookies=true", "a=b", login.clone())).await.is(401).cookies();
    let step = json!({ "code": code(&stage, &ada.secret), "trust_device": true });
    let signed_in = stage.send(ours("/sign-in/totp", &half, step)).await.is(200);
    assert!(signed_in.json().get("device").is_none(), "a script could read it");
    let cookie = signed_in.set_cookies().into_iter().find(|cookie| cookie.contains("-device=")).unwrap().to_owned();
    assert!(cookie.starts_with("__Host-reader-device="), "{cookie}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let kept = cookie.split(';').next().unwrap();
    let tokens = stage.send(ours("/login?cookies=true", kept, login.clone())).await.is(200);
    assert!(tokens.set_cookies().iter().any(|cookie| cookie.starts_with("__Host-reader-access=")));
    // Not from another site, not twice, and not in the place of one in the body.
    let foreign = Call::post("/login").header("sec-fetch-site", "cross-site").cookie(kept).json(&login);
    is_asked(stage.send(foreign).await);
    is_asked(stage.send(ours("/login", &format!("{kept}; {kept}"), login.clone())).await);
    let other = json!({ "email": ADA, "password": PASSWORD, "device": "A".repeat(86) });
    is_asked(stage.send(ours("/login", kept, other)).await);
    // Signing out leaves it; forgetting removes it.
    let session = signed_in.cookies();
    let forget = Call::delete("/factors/trusted-devices").same_origin().cookie(&session);
    let forgotten = stage.send(forget).await.is(204);
    assert!(forgotten.set_cookies().iter().any(|cookie| cookie.starts_with("__Host-reader-device=;")));
    is_asked(stage.send(ours("/login?cookies=true", kept, login)).await);
}

#[tokio::test]
async fn step_07_every_second_step_may_trust_the_device() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let mut phone = device();
    add(&stage, &ada.access, &mut phone).await;
    let handle = half(&stage, ADA).await;
    let asked = super::passkey_step::options(&stage, &handle).await.is(200).json();
    let body = json!({ "sign_in": handle, "credential": phone.get(&asked), "trust_device": true });
    let device = stage.post("/sign-in/passkey/step", body).await.is(200).field("device");
    login_on(&stage, PASSWORD, &device).await.is(200);
    let handle = half(&stage, ADA).await;
    let body = json!({ "sign_in": handle, "code": ada.recovery_codes[0], "trust_device": true });
    let device = stage.post("/sign-in/recovery-code", body).await.is(200).field("device");
    login_on(&stage, PASSWORD, &device).await.is(200);
    // Unless it is asked for, no device is trusted; and never by a sign-in that has no second step.
    let handle = half(&stage, ADA).await;
    assert!(by_recovery_code(&stage, &handle, &ada.recovery_codes[1]).await.is(200).json().get("device").is_none());
    let alone = sign_in(&stage, &mut phone).await.is(200);
    assert!(alone.json().get("device").is_none());
    for (path, field) in [("/login", "password"), ("/sign-in/mail/code", "code")] {
        stage.post(path, json!({ "email": ADA, field: "x", "sign_in": "x", "trust_device": true })).await.is(422);
    }
}

#[tokio::test]
async fn step_07_no_device_is_trusted_unless_switched_on() {
    let stage = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, with_passkeys).await;
    let ada = enrolled(&stage, ADA).await;
    let signed_in = trusting(&stage, ADA, &ada.secret).await;
    assert!(signed_in.json().get("device").is_none());
    stage.send(Call::delete("/factors/trusted-devices").bearer(&signed_in.access_token())).await.is(404);
    let client = ClientInfo::default();
    let session = auth_tests::payload(&signed_in.access_token())["sid"].as_str().unwrap().parse().unwrap();
    assert_eq!(stage.auth.trust_device(&1, session, &client).await.unwrap(), None);
}

#[tokio::test]
async fn step_07_more_than_thirty_days_are_refused() {
    let wrong = async |setup: fn(AuthBuilder<Reader>) -> AuthBuilder<Reader>| {
        let place = Database::with(TABLES[0]).await;
        let builder = Auth::<Reader>::builder(place.pool.clone()).secret(Secret::generate().unwrap());
        match setup(builder).build().await {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    };
    assert!(wrong(|builder| builder.totp("Shop").trusted_devices(Duration::ZERO)).await.contains("30 days at most"));
    let month = wrong(|builder| builder.totp("Shop").trusted_devices(Duration::from_secs(31 * DAY))).await;
    assert!(month.contains("30 days at most"), "{month}");
    let nothing = wrong(|builder| builder.trusted_devices(Duration::from_secs(DAY))).await;
    assert!(nothing.contains("call `.totp(…)`"), "{nothing}");
    assert_eq!(wrong(|builder| builder.totp("Shop").trusted_devices(Duration::from_secs(30 * DAY))).await, "");
}
