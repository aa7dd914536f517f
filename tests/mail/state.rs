//! What has changed between the question and the sending, and what fails in between.

use auth::event::EventKind;
use auth::store::sql::SqlBackend;
use auth::testing::{Faults, Mailbox};
use auth::{Auth, Limits, Secret};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords, routes};
use auth_tests::users::SCHEMA;
use auth_tests::{Call, Database, User};
use axum::Router;
use serde_json::json;

use crate::{ADA, NEW, Post, with_mail};

const OTHER: &str = "correct horse staple battery";

#[tokio::test]
async fn nobody_is_mailed_who_may_no_longer_have_it() {
    for what in [
        "UPDATE users SET is_active = FALSE",
        "DELETE FROM users",
        "UPDATE users SET email = 'ada@elsewhere.example'",
        "DELETE FROM auth_records WHERE kind LIKE '%mail_token'",
        "UPDATE users SET role = 'unknown'",
    ] {
        let post = Post::new().await;
        post.app.register(ADA).await.is(201);
        post.forgot(ADA).await.is(202);
        post.app.db.run(what).await;
        assert_eq!(post.app.auth.send_mail().await.unwrap(), 0, "{what}");
        assert!(post.mailbox.all().is_empty(), "{what}");
        assert_eq!(post.app.db.count("SELECT COUNT(*) FROM auth_records WHERE kind LIKE '%outbox'").await, 0, "{what}");
    }
}

#[tokio::test]
async fn link_that_is_void_by_now_is_not_mailed() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    post.forgot(ADA).await.is(202);
    post.app.auth.accounts().set_password(&1, NEW).await.unwrap();
    post.app.auth.send_mail().await.unwrap();
    assert!(post.mailbox.all().iter().all(|mail| !mail.text.contains("#t=")));
}

#[tokio::test]
async fn a_disabled_account_takes_no_link() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    let (sign_in, mail) = post.asked(ADA).await;
    // Directly, so that no generation says so.
    post.app.db.run("UPDATE users SET is_active = FALSE").await;
    assert_eq!(post.by_link(&mail.token(), NEW).await.is(400).code(), "invalid_link");
    assert_eq!(post.by_code(&sign_in, &mail.code(), NEW).await.is(401).code(), "sign_in_expired");
    post.app.db.run("UPDATE users SET is_active = TRUE").await;
    post.app.login(ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn a_table_that_refuses_the_password_keeps_the_link() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    let (_, mail) = post.asked(ADA).await;
    post.app.db.run("CREATE TRIGGER no BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'no'); END").await;
    assert_eq!(post.by_link(&mail.token(), NEW).await.is(500).code(), "internal");
    post.app.db.run("DROP TRIGGER no").await;
    post.by_link(&mail.token(), NEW).await.is(204);
}

/// With users and records in one database, as every pool of sqlx has them.
async fn faulty(faults: &Faults, mailbox: &Mailbox) -> (Auth<User>, Router, Database) {
    let db = Database::with(SCHEMA).await;
    let builder = Auth::<User>::builder(faults.wrap(SqlBackend::new(db.pool.clone())));
    let builder = builder.secret(Secret::new(SECRET).unwrap()).passwords(quick_passwords());
    let builder = builder.revocation_feed(std::time::Duration::ZERO).limits(Limits::insecure_none());
    let auth = with_mail(builder, mailbox.clone()).build().await.unwrap();
    let router = routes(&auth).into_router().with_state(auth.clone());
    let body = json!({ "email": ADA, "password": PASSWORD, "display_name": "Ada" });
    Call::post("/auth/register").json(&body).send(&router).await.is(201);
    (auth, router, db)
}

fn login(password: &str) -> Call {
    Call::post("/auth/login").json(&json!({ "email": ADA, "password": password }))
}

fn forgot() -> Call {
    Call::post("/auth/password/forgot").json(&json!({ "email": ADA }))
}

fn reset(token: &str) -> Call {
    Call::post("/auth/password/reset").json(&json!({ "token": token, "new_password": NEW }))
}

#[tokio::test]
async fn sign_09_a_failed_store_call_decides_no_reset() {
    let (faults, mailbox) = (Faults::new(), Mailbox::new());
    let (auth, router, _db) = faulty(&faults, &mailbox).await;
    forgot().send(&router).await.is(202);
    auth.send_mail().await.unwrap();
    drop(faults.take_calls());
    reset(&mailbox.last_to(ADA).token()).send(&router).await.is(204);
    let calls = faults.take_calls();
    assert!(calls.len() >= 6, "{calls:?}");
    let (mut refused, mut place) = (0, std::collections::BTreeMap::<&str, usize>::new());
    for call in &calls {
        let nth = place.entry(call).or_default();
        *nth += 1;
        for lost in [false, true] {
            let (faults, mailbox) = (Faults::new(), Mailbox::new());
            let (auth, router, _db) = faulty(&faults, &mailbox).await;
            forgot().send(&router).await.is(202);
            auth.send_mail().await.unwrap();
            let token = mailbox.last_to(ADA).token();
            let planned = faults.nth(call, *nth - 1);
            if lost {
                planned.lose_response();
            } else {
                planned.fail();
            }
            let answer = reset(&token).send(&router).await;
            faults.clear();
            match answer.status.as_u16() {
                204 => drop(login(NEW).send(&router).await.is(200)),
                503 => {
                    refused += 1;
                    // Either it was done, or the link still works.
                    let again = reset(&token).send(&router).await.status.as_u16();
                    let is_new = login(NEW).send(&router).await.status == 200;
                    assert!(is_new && matches!(again, 204 | 400), "{call} {nth} lost={lost}: {again}");
                }
                other => panic!("{call} {nth}: {other} {}", answer.text()),
            }
        }
    }
    assert!(refused >= 8, "{refused}");
}

#[tokio::test]
async fn a_failed_store_call_acknowledges_no_question() {
    let (faults, mailbox) = (Faults::new(), Mailbox::new());
    let (_auth, router, _db) = faulty(&faults, &mailbox).await;
    drop(faults.take_calls());
    forgot().send(&router).await.is(202);
    let calls = faults.take_calls();
    let mut place = std::collections::BTreeMap::<&str, usize>::new();
    for call in calls {
        let nth = place.entry(call).or_default();
        *nth += 1;
        println!("{call} {nth}");
        faults.nth(call, *nth - 1).fail();
        assert_eq!(forgot().send(&router).await.is(503).code(), "unavailable", "{call} {nth}");
        faults.clear();
    }
}

#[tokio::test]
async fn an_unreadable_mail_keeps_no_other_waiting() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    let strange = "INSERT INTO auth_records (kind, record_key, owner, value, version, expires_at, changed_at) \
                   VALUES ('User:users.outbox', 'strange', '1', '{\"k\":\"of tomorrow\"}', 1, 9000000000000, 0)";
    post.app.db.run(strange).await;
    post.forgot(ADA).await.is(202);
    assert_eq!(post.app.auth.send_mail().await.unwrap(), 1);
    let there = "SELECT COUNT(*) FROM auth_records WHERE record_key = 'strange' AND changed_at > 0";
    assert_eq!(post.app.db.count(there).await, 1, "a later release may read it");
}

#[tokio::test]
async fn a_question_is_an_event_without_the_address() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    post.app.events();
    post.forgot(ADA).await.is(202);
    post.forgot("nobody@example.org").await.is(202);
    let events = post.app.events();
    let asked = |user: Option<&str>| EventKind::PasswordResetRequested { user: user.map(str::to_owned) };
    assert_eq!(events, [asked(Some("1")), asked(None)]);
    assert!(!format!("{events:?}").contains('@'));
}

#[tokio::test]
async fn sign_05_link_loses_to_a_password_set_meanwhile() {
    let (faults, mailbox) = (Faults::new(), Mailbox::new());
    let (auth, router, _db) = faulty(&faults, &mailbox).await;
    forgot().send(&router).await.is(202);
    auth.send_mail().await.unwrap();
    let token = mailbox.last_to(ADA).token();
    let administrator = auth.clone();
    // The link has been found good and the new password hashed; now somebody else sets one.
    faults.next("accounts.change").before(async move {
        administrator.accounts().set_password(&1, OTHER).await.unwrap();
    });
    assert_eq!(reset(&token).send(&router).await.is(400).code(), "invalid_link");
    login(OTHER).send(&router).await.is(200);
    login(NEW).send(&router).await.is(401);
}

#[tokio::test]
async fn notices_to_one_user_are_limited() {
    let post = Post::with_limits().await;
    let token = post.app.register(ADA).await.is(201).access_token();
    let mut current = PASSWORD.to_owned();
    for number in 0..8 {
        let new = format!("a new password of turn {number}");
        let body = json!({ "current_password": current, "new_password": new });
        let change = Call::post("/auth/password/change").bearer(&token).json(&body);
        post.app.send(change).await.is(204);
        current = new;
    }
    post.app.auth.send_mail().await.unwrap();
    let notices = post.mailbox.all().into_iter().filter(|mail| mail.subject.contains("was changed")).count();
    assert_eq!(notices, 5);
}
