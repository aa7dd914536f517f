//! Whether there is an account is told by nothing: not by answers, not by calls of the store, not by what is written.

use auth::event::{EventKind, LimitedAction};
use auth::store::sql::{SqlRecords, SqlUsers};
use auth::testing::{Faults, Mailbox};
use auth::{Auth, Limits};
use auth_tests::app::{SECRET, quick_passwords};
use auth_tests::users::SCHEMA;
use auth_tests::{Call, Database, User};
use serde_json::json;

use crate::{ADA, EVE, NEW, Post, with_mail};

const NOBODY: &str = "nobody@example.org";

/// What mails a code to whoever has an address.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Door {
    ForgottenPassword,
    SignIn,
}

/// Handle, store calls and kinds of written records of one request.
async fn asked(
    door: Door,
    auth: &Auth<User>,
    faults: &Faults,
    db: &Database,
    email: &str,
) -> (String, Vec<&'static str>, String) {
    let kinds = "SELECT coalesce(group_concat(kind || ' ' || n, ', '), '') FROM (SELECT kind, COUNT(*) AS n FROM \
                 auth_records WHERE kind LIKE '%mail%' OR kind LIKE '%outbox' GROUP BY kind ORDER BY kind)";
    db.run("DELETE FROM auth_records WHERE kind LIKE '%mail%' OR kind LIKE '%outbox'").await;
    drop(faults.take_calls());
    let client = auth::ClientInfo::default();
    let sign_in = match door {
        Door::ForgottenPassword => auth.forgot_password(email, &client).await.unwrap().sign_in,
        Door::SignIn => auth.sign_in_by_mail(email, &client).await.unwrap().sign_in,
    };
    let calls = faults.take_calls();
    (sign_in, calls, db.text(kinds).await)
}

/// What a wrong code is told, and the store calls.
async fn refused(door: Door, auth: &Auth<User>, faults: &Faults, sign_in: &str) -> (String, Vec<&'static str>) {
    drop(faults.take_calls());
    let (code, client) = ("12345678", auth::ClientInfo::default());
    let error = match door {
        Door::ForgottenPassword => {
            auth.reset_password(auth::ResetEvidence::Code { sign_in, code }, NEW, &client).await.unwrap_err()
        }
        Door::SignIn => auth.answer(sign_in, auth::Answer::MailedCode(code), &client).await.unwrap_err(),
    };
    (error.to_string(), faults.take_calls())
}

#[tokio::test]
async fn otk_01_known_unknown_and_disabled_addresses_look_alike() {
    let (db, faults, mailbox) = (Database::with(SCHEMA).await, Faults::new(), Mailbox::new());
    let stores = faults.over(SqlUsers::new(db.pool.clone()), SqlRecords::new(db.pool.clone()));
    let builder = Auth::<User>::builder(stores).secret(auth::Secret::new(SECRET).unwrap());
    let builder = builder.passwords(quick_passwords()).revocation_feed(std::time::Duration::ZERO);
    let builder = builder.limits(Limits::insecure_none()).mail_sign_in(true);
    let auth = with_mail(builder, mailbox.clone()).build().await.unwrap();
    for (email, active) in [(ADA, true), (EVE, false)] {
        let form = auth_tests::UserRegistration { email: email.to_owned(), display_name: "x".to_owned() };
        let user = auth.accounts().create(form, "correct horse battery staple").await.unwrap();
        if !active {
            auth.accounts().disable(&user.id).await.unwrap();
        }
    }
    for door in [Door::ForgottenPassword, Door::SignIn] {
        let known = asked(door, &auth, &faults, &db, ADA).await;
        assert_eq!(auth.send_mail().await.unwrap(), 1);
        for other in [EVE, NOBODY, "Nobody <ada@example.org>", "", &"x".repeat(5_000)] {
            let (sign_in, calls, written) = asked(door, &auth, &faults, &db, other).await;
            assert_eq!((&calls, &written), (&known.1, &known.2), "{door:?} {other:.40}");
            assert_eq!(sign_in.len(), known.0.len());
            assert_eq!(auth.send_mail().await.unwrap(), 0, "{other:.40}");
            // Codes are refused with the same calls, too.
            let theirs = refused(door, &auth, &faults, &sign_in).await;
            let (ours, ..) = asked(door, &auth, &faults, &db, ADA).await;
            assert_eq!(refused(door, &auth, &faults, &ours).await, theirs);
        }
    }
    assert!(mailbox.all().iter().all(|mail| mail.to == ADA));
}

#[tokio::test]
async fn mail_11_a_hundred_requests_send_five_mails() {
    let post = Post::with_limits().await;
    post.app.register(ADA).await.is(201);
    let mut answers = Vec::new();
    for _ in 0..100 {
        answers.push(post.forgot(ADA).await.is(202));
        post.app.auth.send_mail().await.unwrap();
        post.app.after(4);
    }
    // Whether something was mailed is told to nobody.
    assert!(answers.iter().all(|answer| answer.field("sign_in").len() == 64));
    let mails = post.mailbox.all();
    assert_eq!(mails.len(), 5);
    for (number, mail) in mails.iter().enumerate() {
        assert_eq!(post.link_works(&mail.token()).await, number >= 2, "the last three work");
    }
    let limited = post
        .app
        .events()
        .into_iter()
        .filter(|event| matches!(event, EventKind::Limited { action: LimitedAction::ForgotPassword, .. }));
    assert_eq!(limited.count(), 95);
}

#[tokio::test]
async fn otk_09_one_client_causes_twenty_mails_an_hour() {
    let post = Post::with_limits().await;
    let accounts = post.app.auth.accounts();
    for number in 0..25 {
        let email = format!("user{number}@example.org");
        let form = auth_tests::UserRegistration { email: email.clone(), display_name: "x".to_owned() };
        accounts.import(form, Some(auth::PasswordHash::from_stored("!"))).await.unwrap();
        let call = Call::post("/auth/password/forgot").coming_from("203.0.113.9");
        post.app.send(call.json(&json!({ "email": email }))).await.is(202);
    }
    post.app.auth.send_mail().await.unwrap();
    assert_eq!(post.mailbox.all().len(), 20);
}

#[tokio::test]
async fn otk_14_guessing_codes_ends_and_the_link_goes_on() {
    let post = Post::with_limits().await;
    post.app.register(ADA).await.is(201);
    let mut compared = 0;
    for number in 0..9 {
        let sign_in = post.forgot(ADA).await.is(202).field("sign_in");
        for _ in 0..5 {
            let call = Post::<Database>::code_call(&sign_in, "00000000", NEW).coming_from(&format!("192.0.2.{number}"));
            compared += u32::from(post.app.send(call).await.is(401).code() == "invalid_code");
        }
        post.app.after(13 * 60);
    }
    assert_eq!(compared, 30);
    let (_, mail) = post.asked(ADA).await;
    post.by_link(&mail.token(), NEW).await.is(204);
}
