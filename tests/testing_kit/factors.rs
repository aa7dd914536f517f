//! Factors of test users are those that a sign-in asks for.

use std::time::Duration;

use auth::testing::{AuthenticatorApp, TestApp};
use auth::{Auth, AuthBuilder, Credentials, PasskeySettings, Secret};
use auth_tests::app::{PASSWORD, quick_passwords, routes};
use auth_tests::users::in_memory;
use auth_tests::{User, UserRegistration};
use serde_json::{Value, json};

fn builder() -> AuthBuilder<User> {
    let builder = Auth::<User>::builder((in_memory(), auth::store::MemoryRecords::new()));
    let builder = builder.secret(Secret::generate().unwrap()).passwords(quick_passwords());
    builder.base_url("https://shop.example").totp("Shop").passkeys(PasskeySettings::new("Shop"))
}

async fn started(builder: AuthBuilder<User>) -> TestApp<User> {
    TestApp::start(builder, |auth| routes(auth).into_router().with_state(auth.clone())).await
}

async fn ada(app: &TestApp<User>) -> User {
    let ada = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
    app.auth().accounts().create(ada, PASSWORD).await.unwrap()
}

#[tokio::test]
async fn an_app_of_a_test_user_is_asked_for() {
    let app = started(builder()).await;
    let mut phone = AuthenticatorApp::new();
    let client = app.as_user(&ada(&app).await).with_factor(&mut phone).await;
    assert_eq!(phone.recovery_codes().len(), 10);
    assert!(!format!("{phone:?}").contains(phone.secret()));
    let factors: Value = client.get("/auth/factors").await.expect_status(200).json();
    assert_eq!((&factors["totp"], &factors["recovery_codes_left"]), (&json!(true), &json!(10)));
    // At once: setting it up has not used up the code that it shows now.
    for code in [app.totp_code(phone.secret()), String::new()] {
        let half: Value = sign_in(&app, 401).await;
        let step = json!({ "sign_in": half["sign_in"], "code": if code.is_empty() { app.totp_code(phone.secret()) } else { code } });
        app.anonymous().post("/auth/sign-in/totp").json(&step).await.expect_status(200);
        app.advance(Duration::from_secs(30));
    }
    let half: Value = sign_in(&app, 401).await;
    let step = json!({ "sign_in": half["sign_in"], "code": phone.recovery_codes()[0] });
    app.anonymous().post("/auth/sign-in/recovery-code").json(&step).await.expect_status(200);
}

async fn sign_in(app: &TestApp<User>, status: u16) -> Value {
    let ada = json!({ "email": "ada@example.org", "password": PASSWORD });
    app.anonymous().post("/auth/login").json(&ada).await.expect_status(status).json()
}

#[tokio::test]
async fn a_passkey_of_a_test_user_signs_in() {
    let app = started(builder()).await;
    let (mut device, mut other) = (app.passkey(), app.passkey().synced());
    let client = app.as_user(&ada(&app).await).with_factor(&mut device).await.with_factor(&mut other).await;
    let listed: Value = client.get("/auth/factors/passkeys").await.expect_status(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    for device in [&mut device, &mut other] {
        let options: Value = app.anonymous().post("/auth/sign-in/passkey/options").await.expect_status(200).json();
        let shown = json!({ "credential": device.get(&options) });
        app.anonymous().post("/auth/sign-in/passkey").json(&shown).await.expect_status(200);
    }
    // By itself it asks for no second step.
    sign_in(&app, 200).await;
    let login = app.auth().login(Credentials::new("ada@example.org", PASSWORD), &auth::ClientInfo::default()).await;
    assert!(login.unwrap().signed_in().is_ok());
}

#[tokio::test]
#[should_panic(expected = "passkeys are off")]
async fn a_device_without_passkeys_says_what_is_missing() {
    let builder = Auth::<User>::builder((in_memory(), auth::store::MemoryRecords::new()));
    let _ = started(builder.secret(Secret::generate().unwrap())).await.passkey();
}

#[tokio::test]
#[should_panic(expected = "already")]
async fn a_second_app_is_refused() {
    let app = started(builder()).await;
    let (mut one, mut other) = (AuthenticatorApp::new(), AuthenticatorApp::new());
    let _ = app.as_user(&ada(&app).await).with_factor(&mut one).await.with_factor(&mut other).await;
}
