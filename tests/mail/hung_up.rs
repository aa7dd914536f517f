//! Clients that hang up in the middle of a change: whatever was changed is told to its user, and reported.

use auth::event::LetterKind;
use auth::{AuthBuilder, Limits};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Call, Database, HungUp, at_every_point, eventually, hang_up_after};
use serde_json::json;

const ADA: &str = "ada@example.org";
const NEW: &str = "staple battery horse correct";

/// Changes the password, and hangs up after so many polls; returns whether that was too late.
async fn every_change_is_told(change: impl AsyncFn(&Stage<Reader, Database>, usize) -> bool) {
    at_every_point(async |polls| {
        let stage = Stage::<Reader, _>::new(Database::with(TABLES[0]).await).await;
        stage.sign_up(ADA).await.is(201);
        let is_answered = change(&stage, polls).await;
        let is_changed = stage.login(ADA, NEW).await.status == 200;
        let (mut told, mut reported) = (0, 0);
        eventually("a new password is told", async || {
            stage.deliver().await;
            told = stage.mailbox.all().iter().filter(|mail| mail.kind == LetterKind::PasswordChanged).count();
            reported += stage.events().iter().filter(|event| event.name() == "password_changed").count();
            !is_changed || (told > 0 && reported > 0)
        })
        .await;
        assert!(told < 2 && reported < 2, "hung up at {polls}: mailed {told} times, reported {reported} times");
        HungUp::of(is_answered, is_changed)
    })
    .await;
}

#[tokio::test]
async fn a_password_changed_by_hanging_up_is_told() {
    every_change_is_told(async |stage, polls| {
        let access = stage.login(ADA, PASSWORD).await.is(200).access_token();
        let change = json!({ "current_password": PASSWORD, "new_password": NEW });
        hang_up_after(polls, stage.post_as(&access, "/password/change", change)).await.is_some()
    })
    .await;
}

#[tokio::test]
async fn a_password_reset_by_hanging_up_is_told() {
    every_change_is_told(async |stage, polls| {
        let handle = stage.post("/password/forgot", json!({ "email": ADA })).await.is(202).field("sign_in");
        stage.deliver().await;
        let code = stage.mailbox.last(LetterKind::ResetPassword, ADA).code();
        let reset = json!({ "sign_in": handle, "code": code, "new_password": NEW });
        hang_up_after(polls, stage.post("/password/reset", reset)).await.is_some()
    })
    .await;
}

#[tokio::test]
async fn a_password_set_by_hanging_up_is_told() {
    every_change_is_told(async |stage, polls| {
        hang_up_after(polls, stage.auth.accounts().set_password(&1, NEW)).await.is_some()
    })
    .await;
}

#[tokio::test]
async fn an_address_set_by_hanging_up_is_told() {
    const EMAIL: auth::LoginField<Reader> = auth::LoginField::named("email");
    at_every_point(async |polls| {
        let stage = Stage::<Reader, _>::new(Database::with(TABLES[0]).await).await;
        stage.sign_up(ADA).await.is(201);
        let accounts = stage.auth.accounts();
        let is_answered = hang_up_after(polls, accounts.set_login(&1, EMAIL, "b@example.org")).await.is_some();
        let is_changed = accounts.find(&1).await.unwrap().unwrap().email != ADA;
        let (mut told, mut reported) = (0, 0);
        eventually("another address is told", async || {
            stage.deliver().await;
            let notices = stage.mailbox.all();
            told = notices.iter().filter(|mail| mail.kind == LetterKind::AddressSet && mail.to == ADA).count();
            reported += stage.events().iter().filter(|event| event.name() == "login_changed").count();
            !is_changed || (told > 0 && reported > 0)
        })
        .await;
        assert!(told < 2 && reported < 2, "hung up at {polls}: mailed {told} times, reported {reported} times");
        HungUp::of(is_answered, is_changed)
    })
    .await;
}

/// Somebody who has the password must not make their network known without a word.
#[tokio::test]
async fn sign_13_a_sign_in_by_hanging_up_is_told() {
    at_every_point(async |polls| {
        let setup = |builder: AuthBuilder<Reader>| builder.limits(Limits::default());
        let stage = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, setup).await;
        stage.sign_up(ADA).await.is(201);
        let login = || {
            let body = json!({ "email": ADA, "password": PASSWORD });
            stage.send(Call::post("/login").coming_from("198.51.100.7").json(&body))
        };
        let answer = hang_up_after(polls, login()).await;
        let told = async |most: usize| {
            stage.deliver().await;
            let told = stage.mailbox.all().iter().filter(|mail| mail.kind == LetterKind::NewSignIn).count();
            assert!(told <= most, "{told} notices");
            told
        };
        let before = told(1).await;
        stage.after(61);
        login().await.is(200);
        eventually("one of both is told", async || told(2).await > 0).await;
        HungUp::of(answer.is_some(), before > 0)
    })
    .await;
}
