//! The mailbox of the test kit, as an application's own tests use it.

use std::time::Duration;

use auth::mail::{Mail, MailError, Mailer};
use auth::store::MemoryRecords;
use auth::testing::TestApp;
use auth::{Auth, Secret};
use auth_tests::app::quick_passwords;
use auth_tests::{Role, User};
use serde_json::json;

use crate::NEW;

/// The mailer of production. No test calls it.
struct Production;

impl Mailer for Production {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        panic!("a test mails to {}", mail.to)
    }
}

async fn app() -> TestApp<User> {
    let builder = Auth::<User>::builder((auth_tests::users::in_memory(), MemoryRecords::new()));
    let builder = builder.secret(Secret::generate().unwrap()).passwords(quick_passwords());
    let builder = builder.base_url("https://app.example").mailer(Production);
    TestApp::start(builder, |auth| auth_tests::app::routes(auth).into_router().with_state(auth.clone())).await
}

#[tokio::test]
async fn the_mailbox_of_the_kit_has_link_and_code() {
    let app = app().await;
    let ada = app.create_user(Role::Member).await;
    let anonymous = app.anonymous();
    assert!(!app.mailbox().await.has_mail_to(&ada.email));
    let asked = anonymous.post("/auth/password/forgot").json(&json!({ "email": ada.email })).await.expect_status(202);
    let asked: serde_json::Value = asked.json();
    let mail = app.mailbox().await.last_to(&ada.email);
    assert!(mail.link().starts_with("https://app.example/reset#t="));
    let by_code = json!({ "sign_in": asked["sign_in"], "code": mail.code(), "new_password": NEW });
    anonymous.post("/auth/password/reset").json(&by_code).await.expect_status(204);
    let login = json!({ "email": ada.email, "password": NEW });
    anonymous.post("/auth/login").json(&login).await.expect_status(200);

    app.advance(Duration::from_mins(2));
    anonymous.post("/auth/password/forgot").json(&json!({ "email": ada.email })).await.expect_status(202);
    let mail = app.mailbox().await.last_to(&ada.email);
    app.advance(Duration::from_mins(31));
    let late = json!({ "token": mail.token(), "new_password": NEW });
    assert_eq!(anonymous.post("/auth/password/reset").json(&late).await.expect_status(400).code(), "invalid_link");
}

#[tokio::test]
#[should_panic(expected = "there is no mail to `nobody@example.org`, but 0 to others: []")]
async fn a_missing_mail_fails_the_test() {
    let _ = app().await.mailbox().await.last_to("nobody@example.org");
}
