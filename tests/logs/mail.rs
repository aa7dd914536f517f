//! What is logged about forgotten passwords.

use auth::ResetEvidence;
use auth::testing::Mailbox;
use auth_tests::kinds::{Confirms, Kind};
use auth_tests::purposes::{Purpose, Way, holds, issued};
use auth_tests::stage::{Customer, Reader, Stage};
use auth_tests::{App, Call, Database};
use serde_json::{Value, json};

use crate::{NEW_PASSWORD, logged};

const ADA: &str = "ada.of.the.mail@example.org";

#[tokio::test]
async fn mail_02_the_log_holds_no_link_and_no_code() {
    let _ = logged();
    let mailbox = Mailbox::new();
    let mailer = mailbox.clone();
    let setup = |builder: auth::AuthBuilder<auth_tests::User>| {
        builder.base_url("https://app.example").mailer(mailer).mail_interval(std::time::Duration::ZERO)
    };
    let app = App::with(setup).await;
    app.register(ADA).await.is(201);
    let post = async |path: &str, body: Value| app.send(Call::post(path).json(&body)).await;
    let sign_in = post("/auth/password/forgot", json!({ "email": ADA })).await.is(202).field("sign_in");
    app.auth.send_mail().await.unwrap();
    let mail = mailbox.last_to(ADA);
    let wrong = json!({ "sign_in": sign_in, "code": "x", "new_password": NEW_PASSWORD });
    post("/auth/password/reset", wrong).await.is(401);
    post("/auth/password/reset", json!({ "token": "x", "new_password": NEW_PASSWORD })).await.is(400);
    let (link, code) = (ResetEvidence::Link(&mail.token()), mail.code());
    tracing::trace!("{mail:?} {link:?} {:?}", ResetEvidence::Code { sign_in: &sign_in, code: &code });
    let good = json!({ "token": mail.token(), "new_password": NEW_PASSWORD });
    post("/auth/password/reset", good).await.is(204);

    for said in ["password_reset_requested", "mail_sent", "password_reset_failed", "message_id"] {
        assert!(logged().contains(said), "the log is blind to {said}");
    }
    let grouped = format!("{} {}", &code[..4], &code[4..]);
    let secrets = [mail.token(), sign_in, code, grouped];
    for secret in &secrets {
        assert!(!logged().contains(secret.as_str()), "{secret}");
    }
    for secret in &secrets {
        tracing::trace!(planted = secret);
        assert!(logged().contains(secret.as_str()), "the log is blind");
    }
}

async fn is_nowhere_in_the_log<U: Kind>(purpose: Purpose, way: Way) {
    let place = Database::with(U::TABLES).await;
    let stage = Stage::<U, _>::with(place, |builder| purpose.setup(builder)).await;
    let from = logged().len();
    let mut ticket = issued(&stage, purpose, way).await;
    ticket.used(&stage).await.is(ticket.success);
    stage.deliver().await;
    let said = logged().split_off(from);
    for what in ["mail_sent", "INSERT INTO", "auth_records"] {
        assert!(said.contains(what), "the log is blind to {what}");
    }
    assert_eq!(ticket.found_in(&said), None, "{purpose:?} by {way:?}");
    // The control: each of them is found where it is.
    let spellings = ticket.spellings();
    tracing::trace!(planted = ?spellings);
    let said = logged().split_off(from);
    assert!(spellings.iter().all(|secret| holds(&said, secret)), "the log is blind");
}

#[tokio::test]
async fn mail_02_no_purpose_leaves_a_secret_in_the_log() {
    let _ = logged();
    for purpose in Purpose::all() {
        for &way in purpose.ways() {
            match purpose.confirms() {
                Confirms::First => is_nowhere_in_the_log::<Customer>(purpose, way).await,
                Confirms::Later | Confirms::Never => is_nowhere_in_the_log::<Reader>(purpose, way).await,
            }
        }
    }
}
