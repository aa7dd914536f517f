//! Steps that fail or break off at every call of the store: nobody gets in by it, and nothing is lost.

use auth::mail::LetterKind;
use auth::store::sql::{SqlBackend, SqlRecords, SqlUsers};
use auth::testing::Faults;
use auth::{AddressChangePolicy, Auth, AuthBuilder};
use auth_tests::app::PASSWORD;
use auth_tests::failing_call::{healed, plan};
use auth_tests::stage::{Customer, Reader, Stage, TABLES};
use auth_tests::{Call, Database, payload};
use serde_json::json;

use crate::{ADA, NEW};

/// On stores that fail as planned, with and without a transaction that they share.
async fn staged(faults: &Faults, at_once: bool) -> Stage<Reader, Database> {
    let db = Database::with(TABLES[0]).await;
    let (users, records) = (SqlUsers::new(db.pool.clone()), SqlRecords::new(db.pool.clone()));
    let builder = if at_once {
        Auth::<Reader>::builder(faults.wrap(SqlBackend::new(db.pool.clone())))
    } else {
        Auth::<Reader>::builder(faults.over(users, records))
    };
    let policy = AddressChangePolicy::NewAndUndo;
    let setup = |builder: AuthBuilder<Reader>| builder.mail_sign_in(true).address_changes(policy);
    Stage::over(db, builder, setup).await
}

#[tokio::test]
async fn sign_09_a_failing_store_signs_nobody_in_halfway() {
    for (at_once, lost) in [(true, false), (true, true), (false, false), (false, true)] {
        for n in 0..40 {
            let faults = Faults::new();
            let stage = staged(&faults, at_once).await;
            stage.sign_up(ADA).await.is(201);
            stage.auth.accounts().end_sessions(&1).await.unwrap();
            let handle = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
            stage.deliver().await;
            let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
            plan(&faults, n, lost);
            let answer = stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await;
            let reached = healed(&faults);
            let sessions = stage.auth.sessions(&1).await.unwrap().len();
            match answer.status.as_u16() {
                200 => assert_eq!(sessions, 1),
                status => assert!(sessions == 0 && [401, 503].contains(&status), "{n}: {status} {sessions}"),
            }
            if !reached {
                assert_eq!(answer.status, 200, "nothing failed");
                break;
            }
            assert!(n < 39, "more calls than expected");
        }
    }
}

#[tokio::test]
async fn a_moved_account_always_has_its_undo_mail() {
    for (at_once, lost) in [(true, false), (true, true), (false, false), (false, true)] {
        for n in 0..60 {
            let faults = Faults::new();
            let stage = staged(&faults, at_once).await;
            let tokens = stage.sign_up(ADA).await.is(201);
            stage.auth.accounts().set_verified(&1, true).await.unwrap();
            let access = stage.refresh(&tokens.refresh_token()).await.is(200).access_token();
            let asked = stage.post_as(&access, "/email/change", json!({ "new_email": "b@example.org" })).await.is(202);
            stage.deliver().await;
            let link = stage.mailbox.last_to("b@example.org").token();
            let body = json!({ "token": link, "sign_in": asked.field("sign_in") });
            plan(&faults, n, lost);
            let answer = stage.post("/email/change/confirm", body).await;
            let reached = healed(&faults);
            let moved = stage.auth.accounts().find(&1).await.unwrap().unwrap().email != ADA;
            assert!(moved || answer.status != 204, "{n}");
            for _ in 0..4 {
                stage.deliver().await;
                stage.after(10);
            }
            if moved {
                let undo = stage.mailbox.last(LetterKind::AddressChanged, ADA);
                stage.post("/email/change/undo", json!({ "token": undo.token() })).await.is(204);
            } else {
                stage.after(600);
                stage.deliver().await;
                let told = stage.mailbox.all().iter().any(|mail| mail.kind == LetterKind::AddressChanged);
                assert!(!told, "{n}: nothing has changed");
                stage.login(ADA, PASSWORD).await.is(200);
            }
            if !reached {
                assert!(moved, "nothing failed");
                break;
            }
            assert!(n < 59, "more calls than expected");
        }
    }
}

#[tokio::test]
async fn sign_05_a_reset_loses_to_another_address_meanwhile() {
    const EMAIL: auth::LoginField<Reader> = auth::LoginField::named("email");
    let faults = Faults::new();
    let stage = staged(&faults, true).await;
    stage.sign_up(ADA).await.is(201);
    stage.post("/password/forgot", json!({ "email": ADA })).await.is(202);
    stage.deliver().await;
    let token = stage.mailbox.last(LetterKind::ResetPassword, ADA).token();
    // Right before the new password is written, its owner gets another address.
    let auth = stage.auth.clone();
    faults.next("accounts.change").before(async move {
        auth.accounts().set_login(&1, EMAIL, "new@example.org").await.unwrap();
    });
    let refused = stage.post("/password/reset", json!({ "token": token, "new_password": NEW })).await.is(400);
    assert_eq!(refused.code(), "invalid_link");
    stage.login("new@example.org", NEW).await.is(401);
    stage.login("new@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn sign_05_a_reauthentication_loses_to_another_address_meanwhile() {
    const EMAIL: auth::LoginField<Reader> = auth::LoginField::named("email");
    let faults = Faults::new();
    let stage = staged(&faults, true).await;
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let access = stage.login(ADA, PASSWORD).await.is(200).access_token();
    let asked = stage.send(Call::post("/reauthenticate/mail").bearer(&access)).await.is(202);
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    // The mail was for the account as it was; before it is used up, the account gets another address.
    let auth = stage.auth.clone();
    faults.next("records.delete").before(async move {
        auth.accounts().set_login(&1, EMAIL, "new@example.org").await.unwrap();
    });
    let body = json!({ "sign_in": asked.field("sign_in"), "code": code });
    assert_eq!(stage.post("/sign-in/mail/code", body).await.is(401).code(), "sign_in_expired");
}

#[tokio::test]
async fn a_sign_up_that_waits_survives_a_failing_store() {
    for n in 0..40 {
        let (db, faults) = (Database::with(TABLES[0]).await, Faults::new());
        let builder = Auth::<Customer>::builder(faults.wrap(SqlBackend::new(db.pool.clone())));
        let stage = Stage::<Customer, _>::over(db, builder, |builder| builder).await;
        let handle = stage.sign_up("ada", ADA, PASSWORD).await.is(202).field("sign_in");
        stage.deliver().await;
        let body = json!({ "sign_in": handle, "token": stage.mailbox.last_to(ADA).token() });
        plan(&faults, n, false);
        let answer = stage.post("/sign-in/mail/link", body.clone()).await;
        let reached = healed(&faults);
        match answer.status.as_u16() {
            200 => {}
            // Nothing is lost: the same link, or the password, goes on.
            503 if answer.code() == "unavailable" && stage.auth.accounts().find(&1).await.unwrap().is_none() => {
                let tokens = stage.post("/sign-in/mail/link", body).await.is(200);
                assert_eq!(payload(&tokens.access_token())["email_verified"], json!(true));
            }
            503 => drop(stage.login(ADA, PASSWORD).await.is(200)),
            other => panic!("{n}: {other} {}", answer.text()),
        }
        if !reached {
            assert_eq!(answer.status, 200, "nothing failed");
            return;
        }
    }
    panic!("more calls than expected");
}
