//! The address of an account is confirmed by its user, who is signed in.

use auth::event::{EventKind, MailedTokenFailure};
use auth::mail::LetterKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth::{AuthError, LoginField};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Place, on_databases, payload};
use serde_json::json;

use crate::{ADA, EVE, NEW, wrong};

on_databases! {
    [super::TABLES[0], super::TABLES[1], super::TABLES[2]];
    reg_06_and_otk_12_a_link_confirms_only_with_its_session
    reg_06_the_code_confirms_after_a_wrong_one
    set_login_takes_only_what_nobody_else_has
    mail_08_another_address_voids_the_link
}

const EMAIL: LoginField<Reader> = LoginField::named("email");

async fn reg_06_and_otk_12_a_link_confirms_only_with_its_session<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Reader, P>::new(place).await;
    let ada = stage.sign_up(ADA).await.is(201);
    let eve = stage.sign_up(EVE).await.is(201).access_token();
    assert_eq!(payload(&ada.access_token())["email_verified"], json!(false));
    assert_eq!(stage.deliver().await, 2);
    let mail = stage.mailbox.last_to(ADA);
    assert!(mail.link().starts_with("https://app.example/verify#t="), "{}", mail.link());
    let body = json!({ "token": mail.token() });
    // Somebody who is only rid of the mail, and somebody who has an account of their own.
    stage.post("/email/verify", body.clone()).await.is(401);
    assert_eq!(stage.post_as(&eve, "/email/verify", body.clone()).await.is(400).code(), "invalid_link");
    stage.events();
    stage.post_as(&ada.access_token(), "/email/verify", body.clone()).await.is(204);
    assert_eq!(stage.events(), [EventKind::AddressVerified { user: "1".to_owned() }]);
    // The session goes on, and its next token says so.
    stage.me(&ada.access_token()).await.is(401);
    let fresh = stage.refresh(&ada.refresh_token()).await.is(200).access_token();
    assert_eq!(payload(&fresh)["email_verified"], json!(true));
    assert_eq!(stage.post_as(&fresh, "/email/verify", body).await.is(400).code(), "invalid_link");
    assert!(stage.post_as(&fresh, "/email/verify/send", json!({})).await.is(204).body.is_empty());
    assert_eq!(stage.deliver().await, 0);
}

async fn reg_06_the_code_confirms_after_a_wrong_one<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Reader, P>::new(place).await;
    let ada = stage.sign_up(ADA).await.is(201).access_token();
    stage.deliver().await;
    let first = stage.mailbox.last_to(ADA);
    let asked = stage.post_as(&ada, "/email/verify/send", json!({})).await.is(202);
    assert_eq!(asked.json(), json!({ "expires_in": 86400 }));
    stage.deliver().await;
    let (second, path) = (stage.mailbox.last_to(ADA), "/email/verify");
    assert_eq!(second.kind, LetterKind::VerifyAddress);
    let refused = stage.post_as(&ada, path, json!({ "code": wrong(&second.code()) })).await.is(401);
    assert_eq!((refused.code(), &refused.json()["tries_left"]), ("invalid_code".to_owned(), &json!(4)));
    // The mail that was sent first may be the one that has arrived.
    stage.post_as(&ada, path, json!({ "code": first.code() })).await.is(204);
}

#[tokio::test]
async fn otk_14_five_wrong_codes_leave_the_link() {
    let stage = Stage::<Reader, _>::new(auth_tests::Database::with(TABLES[0]).await).await;
    let ada = stage.sign_up(ADA).await.is(201).access_token();
    stage.deliver().await;
    let mail = stage.mailbox.last_to(ADA);
    for left in [4, 3, 2, 1, 0] {
        let refused = stage.post_as(&ada, "/email/verify", json!({ "code": wrong(&mail.code()) })).await.is(401);
        assert_eq!(refused.json()["tries_left"], json!(left));
    }
    let late = stage.post_as(&ada, "/email/verify", json!({ "code": mail.code() })).await.is(401);
    assert_eq!(late.code(), "sign_in_expired");
    let failed =
        EventKind::AddressVerificationFailed { user: Some("1".to_owned()), reason: MailedTokenFailure::Expired };
    assert!(stage.events().contains(&failed));
    stage.post_as(&ada, "/email/verify", json!({ "token": mail.token() })).await.is(204);
}

async fn set_login_takes_only_what_nobody_else_has<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Reader, P>::new(place).await;
    let ada = stage.sign_up(ADA).await.is(201);
    stage.sign_up(EVE).await.is(201);
    let accounts = stage.auth.accounts();
    accounts.set_verified(&1, true).await.unwrap();
    for taken in [EVE, " EVE@Example.ORG ", "ｅve@example.org"] {
        let refused = accounts.set_login(&1, EMAIL, taken).await;
        assert!(matches!(&refused, Err(AuthError::Taken { field }) if field == "email"), "{refused:?}");
    }
    for bad in ["", "ada", "a@b, c@d", "ada@example.org\nBcc: eve@example.org", &format!("{}@x.org", "a".repeat(65))] {
        let refused = accounts.set_login(&1, EMAIL, bad).await;
        assert!(matches!(refused, Err(AuthError::InvalidFields(_))), "{bad:?}: {refused:?}");
    }
    assert!(matches!(accounts.set_login(&7, EMAIL, "new@example.org").await, Err(AuthError::NotFound)));
    accounts.set_login(&1, EMAIL, ADA).await.unwrap();
    assert!(accounts.find(&1).await.unwrap().unwrap().verified_at.is_some(), "the same address stays confirmed");
    stage.events();
    accounts.set_login(&1, EMAIL, " Ada@New.Example ").await.unwrap();
    assert_eq!(stage.events(), [EventKind::LoginChanged { user: "1".to_owned(), field: "email" }]);
    let row = accounts.find(&1).await.unwrap().unwrap();
    assert_eq!((&*row.email, row.verified_at), ("ada@new.example", None));
    // Sessions go on, with current tokens; the former address signs nobody in, and can be taken.
    stage.me(&ada.access_token()).await.is(401);
    let fresh = stage.refresh(&ada.refresh_token()).await.is(200).access_token();
    assert_eq!(stage.me(&fresh).await.is(200).json()["email"], json!("ada@new.example"));
    stage.login(ADA, PASSWORD).await.is(401);
    stage.login("ADA@new.example", PASSWORD).await.is(200);
    stage.sign_up(ADA).await.is(201);
}

/// A confirmation would outlive the password of whoever had the account when it was mailed.
#[tokio::test]
async fn mail_08_a_new_password_voids_the_confirmation() {
    let stage = Stage::<Reader, _>::new(auth_tests::Database::with(TABLES[0]).await).await;
    let access = stage.sign_up(ADA).await.is(201).access_token();
    stage.deliver().await;
    let mail = stage.mailbox.last(LetterKind::VerifyAddress, ADA);
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    stage.post_as(&access, "/password/change", change).await.is(204);
    let access = stage.login(ADA, NEW).await.is(200).access_token();
    stage.post_as(&access, "/email/verify", json!({ "token": mail.token() })).await.is(400);
    stage.post_as(&access, "/email/verify", json!({ "code": mail.code() })).await.is(400);
    // Another one is there for the asking.
    stage.post_as(&access, "/email/verify/send", json!({})).await.is(202);
    stage.deliver().await;
    let mail = stage.mailbox.last(LetterKind::VerifyAddress, ADA);
    stage.post_as(&access, "/email/verify", json!({ "token": mail.token() })).await.is(204);
}

async fn mail_08_another_address_voids_the_link<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Reader, P>::new(place).await;
    let ada = stage.sign_up(ADA).await.is(201);
    stage.deliver().await;
    let mail = stage.mailbox.last_to(ADA);
    stage.auth.accounts().set_login(&1, EMAIL, "other@example.org").await.unwrap();
    let fresh = stage.refresh(&ada.refresh_token()).await.is(200).access_token();
    for body in [json!({ "token": mail.token() }), json!({ "code": mail.code() })] {
        stage.post_as(&fresh, "/email/verify", body).await.is(400);
    }
    assert_eq!(stage.auth.accounts().find(&1).await.unwrap().unwrap().verified_at, None);
}
