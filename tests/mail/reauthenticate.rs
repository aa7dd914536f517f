//! People who sign in by mail reauthenticate by mail: the session that asked becomes fresh, and none begins.

use auth::event::EventKind;
use auth::mail::LetterKind;
use auth_tests::app::PASSWORD;
use auth_tests::browser::Browser;
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database};
use serde_json::{Value, json};

use crate::{ADA, EVE, NEW, wrong};

/// Longer than a login counts as recent.
const LATER: u64 = 6 * 60;

struct SignedIn {
    stage: Stage<Reader, Database>,
    access: String,
    session: String,
}

impl SignedIn {
    async fn new() -> Self {
        let stage =
            Stage::<Reader, _>::with(Database::with(TABLES[0]).await, |builder| builder.mail_sign_in(true)).await;
        stage.sign_up(ADA).await.is(201);
        stage.auth.accounts().set_verified(&1, true).await.unwrap();
        let access = stage.login(ADA, PASSWORD).await.is(200).access_token();
        let signed_in = Self { stage, access, session: String::new() };
        let list = signed_in.sessions().await;
        let current = list.iter().find(|session| session["current"] == true).unwrap();
        let session = current["id"].as_str().unwrap().to_owned();
        signed_in.stage.after(LATER);
        Self { session, ..signed_in }
    }

    async fn sessions(&self) -> Vec<Value> {
        let list = self.stage.send(Call::get("/sessions").bearer(&self.access)).await.is(200).json();
        list.as_array().unwrap().clone()
    }

    /// Asks for a mail, and returns the handle.
    async fn asked(&self) -> String {
        let call = Call::post("/reauthenticate/mail").bearer(&self.access);
        let handle = self.stage.send(call).await.is(202).field("sign_in");
        self.stage.deliver().await;
        handle
    }

    fn code(&self) -> String {
        self.stage.mailbox.last(LetterKind::SignIn, ADA).code()
    }

    async fn answer(&self, handle: &str, code: &str) -> Answer {
        self.stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await
    }

    /// What takes a login of the last five minutes.
    async fn recent(&self, access: &str) -> Answer {
        self.stage.post_as(access, "/email/change", json!({ "new_email": EVE })).await
    }
}

#[tokio::test]
async fn step_01_a_mailed_code_or_link_makes_the_session_fresh() {
    for by_link in [false, true] {
        let ada = SignedIn::new().await;
        assert_eq!(ada.recent(&ada.access).await.is(401).code(), "step_up_required");
        drop(ada.stage.events());
        let handle = ada.asked().await;
        let events = ada.stage.events();
        let is_asked = |event: &EventKind| matches!(event, EventKind::SignInRequested { user: Some(id) } if id == "1");
        assert!(events.iter().any(is_asked), "{events:?}");
        let answer = if by_link {
            let token = ada.stage.mailbox.last(LetterKind::SignIn, ADA).token();
            ada.stage.post("/sign-in/mail/link", json!({ "sign_in": handle, "token": token })).await
        } else {
            ada.answer(&handle, &ada.code()).await
        };
        let answer = answer.is(200).json();
        assert_eq!(answer.get("refresh_token"), None, "no session began");
        let fresh = answer["access_token"].as_str().unwrap();
        ada.recent(fresh).await.is(202);
        // The former token says when its user signed in, as before.
        assert_eq!(ada.recent(&ada.access).await.is(401).code(), "step_up_required");
        let sessions = ada.sessions().await;
        assert_eq!(sessions.len(), 2, "the sign-up, and the login");
        assert!(sessions.iter().any(|session| session["current"] == true && session["id"] == *ada.session));
    }
}

#[tokio::test]
async fn sign_04_of_64_right_reauthentications_one_counts() {
    let ada = SignedIn::new().await;
    let handle = ada.asked().await;
    let body = json!({ "sign_in": handle, "code": ada.code() });
    let calls = (0..64).map(|_| Call::post("/sign-in/mail/code").json(&body));
    let answers = auth_tests::client::together(&ada.stage.router, calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 401));
}

#[tokio::test]
async fn sign_05_what_ends_the_session_ends_its_reauthentication() {
    for change in ["log out", "log out everywhere", "disable", "delete", "set password", "change address"] {
        let ada = SignedIn::new().await;
        let handle = ada.asked().await;
        let accounts = ada.stage.auth.accounts();
        match change {
            "log out" => drop(ada.stage.send(Call::post("/logout").bearer(&ada.access)).await.is(204)),
            "log out everywhere" => drop(ada.stage.send(Call::post("/logout-all").bearer(&ada.access)).await.is(204)),
            "disable" => accounts.disable(&1).await.unwrap(),
            "delete" => accounts.delete(&1).await.unwrap(),
            "set password" => accounts.set_password(&1, NEW).await.unwrap(),
            _ => accounts.set_login(&1, auth::LoginField::named("email"), EVE).await.unwrap(),
        }
        let refused = ada.answer(&handle, &ada.code()).await;
        let expected = if change == "disable" { (403, "inactive_user") } else { (401, "sign_in_expired") };
        assert_eq!((refused.status.as_u16(), &*refused.code()), expected, "{change}");
        assert_eq!(ada.answer(&handle, &ada.code()).await.status.as_u16(), expected.0, "{change}");
    }
}

#[tokio::test]
async fn sign_08_a_mailbox_freshens_no_stronger_login() {
    let ada = SignedIn::new().await;
    ada.stage.place.run("UPDATE auth_records SET value = replace(value, '[\"pwd\"]', '[\"pwd\",\"mfa\"]')").await;
    let handle = ada.asked().await;
    let refused = ada.answer(&handle, &ada.code()).await.is(401);
    assert_eq!(refused.code(), "step_up_required");
    assert_eq!(refused.field("acr_values"), "mfa");
    assert_eq!(ada.answer(&handle, &ada.code()).await.is(401).code(), "sign_in_expired", "it was used up");
}

#[tokio::test]
async fn sign_06_the_handle_of_a_reauthentication_opens_nothing_else() {
    let ada = SignedIn::new().await;
    let handle = ada.asked().await;
    ada.stage.me(&handle).await.is(401);
    ada.stage.refresh(&handle).await.is(401);
    let reset = json!({ "sign_in": handle, "code": ada.code(), "new_password": NEW });
    assert_eq!(ada.stage.post("/password/reset", reset).await.is(401).code(), "sign_in_expired");
    let token = ada.stage.mailbox.last(LetterKind::SignIn, ADA).token();
    let reset = json!({ "token": token, "new_password": NEW });
    assert_eq!(ada.stage.post("/password/reset", reset).await.is(400).code(), "invalid_link");
    assert_eq!(ada.answer(&handle, &wrong(&ada.code())).await.is(401).code(), "invalid_code");
    ada.answer(&handle, &ada.code()).await.is(200);
}

#[tokio::test]
async fn reg_08_a_session_and_the_mailbox_keep_the_password() {
    let ada = SignedIn::new().await;
    ada.stage.auth.accounts().set_verified(&1, false).await.unwrap();
    let access = ada.stage.login(ADA, PASSWORD).await.is(200).access_token();
    let ada = SignedIn { access, ..ada };
    let handle = ada.asked().await;
    let fresh = ada.answer(&handle, &ada.code()).await.is(200).access_token();
    assert!(ada.stage.me(&fresh).await.is(200).text().contains(ADA));
    assert!(ada.stage.auth.accounts().find(&1).await.unwrap().unwrap().verified_at.is_some(), "the mailbox was proved");
    ada.stage.login(ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn otk_13_a_browser_reauthenticates_by_what_it_keeps() {
    let ada = SignedIn::new().await;
    let mut browser = Browser::new(&ada.stage.router);
    let login = json!({ "email": ADA, "password": PASSWORD });
    browser.send(Call::post("/login?cookies=true").same_origin().json(&login)).await.is(200);
    ada.stage.after(LATER);
    let change = Call::post("/email/change").same_origin().json(&json!({ "new_email": EVE }));
    browser.send(change).await.is(401);
    let asked = browser.send(Call::post("/reauthenticate/mail").same_origin()).await.is(202);
    assert_eq!(asked.json().get("sign_in"), None);
    ada.stage.deliver().await;
    let code = Call::post("/sign-in/mail/code").same_origin().json(&json!({ "code": ada.code() }));
    let answer = browser.send(code).await.is(200);
    assert_eq!(answer.json()["token_type"], "Cookie");
    assert_eq!(browser.cookie("__Host-reader-sign-in"), None);
    let change = Call::post("/email/change").same_origin().json(&json!({ "new_email": EVE }));
    browser.send(change).await.is(202);
}

#[tokio::test]
async fn step_03_without_sign_in_by_mail_no_mail_freshens() {
    let stage = Stage::<Reader, _>::new(Database::with(TABLES[0]).await).await;
    let access = stage.sign_up(ADA).await.is(201).access_token();
    stage.send(Call::post("/reauthenticate/mail").bearer(&access)).await.is(404);
}
