//! A forgotten password, from the question to the next login, on every database.

use auth::event::{EventKind, MailedTokenFailure};
use auth::mail::LetterKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::app::PASSWORD;
use auth_tests::users::SCHEMA;
use auth_tests::{Call, Place, User, on_databases};
use serde_json::json;

use crate::{ADA, BASE, NEW, Post, wrong};

on_databases! {
    SCHEMA;
    mail_10_and_otk_06_a_reset_ends_all_and_signs_nobody_in
    mail_10_a_reset_by_code_needs_the_browser_that_asked
    otk_14_after_five_wrong_codes_only_the_link_works
    step_05_and_mail_08_one_use_voids_every_other_link
}

async fn mail_10_and_otk_06_a_reset_ends_all_and_signs_nobody_in<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let post = Post::on(place).await;
    let app = &post.app;
    app.register(ADA).await.is(201);
    let (access, refresh) = app.tokens(ADA).await;
    let asked = post.forgot(" Ada@EXAMPLE.org ").await.is(202);
    assert_eq!(asked.header("cache-control"), Some("no-store"));
    let body = asked.json();
    assert_eq!((body.as_object().unwrap().len(), &body["expires_in"]), (2, &json!(1800)));
    // Nothing has changed so far.
    app.login(ADA, PASSWORD).await.is(200);
    assert!(post.mailbox.all().is_empty());

    assert_eq!(app.auth.send_mail().await.unwrap(), 1);
    let mail = post.mailbox.last_to(ADA);
    let link = mail.link();
    assert!(link.starts_with(&format!("{BASE}/reset#t=")), "{link}");
    app.events();
    let done = post.by_link(&mail.token(), NEW).await.is(204);
    assert!(done.body.is_empty() && done.set_cookies().is_empty());
    app.get("/claims", &access).await.is(401);
    app.refresh(&refresh).await.is(401);
    app.login(ADA, PASSWORD).await.is(401);
    app.login(ADA, NEW).await.is(200);
    assert_eq!(post.by_link(&mail.token(), PASSWORD).await.is(400).code(), "invalid_link");

    let events = app.events();
    let user = || "1".to_owned();
    for wanted in [
        EventKind::PasswordChanged { user: user() },
        EventKind::PasswordReset { user: user() },
        EventKind::PasswordResetFailed { user: None, reason: MailedTokenFailure::InvalidLink },
    ] {
        assert!(events.contains(&wanted), "{wanted:?} in {events:?}");
    }
    // The owner is told, wherever the request came from.
    assert_eq!(app.auth.send_mail().await.unwrap(), 1);
    let notice = post.mailbox.last_to(ADA);
    assert_eq!(notice.kind, LetterKind::PasswordChanged);
    assert!(!notice.text.contains("#t="));
    assert!(app.events().contains(&EventKind::MailSent { user: user(), letter: LetterKind::PasswordChanged }));
}

async fn mail_10_a_reset_by_code_needs_the_browser_that_asked<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let post = Post::on(place).await;
    post.app.register(ADA).await.is(201);
    let (mine, mail) = post.asked(ADA).await;
    // A stranger who asks for the same account has another mail to wait for.
    let foreign = post.forgot(ADA).await.is(202).field("sign_in");
    let refused = post.by_code(&foreign, &mail.code(), NEW).await.is(401);
    assert_eq!((refused.code().as_str(), &refused.json()["tries_left"]), ("invalid_code", &json!(4)));
    assert!(refused.header("www-authenticate").is_some(), "RFC 9110 §11.6.1");
    let code = mail.code();
    let typed = format!("{} {}", &code[..4], &code[4..]);
    post.by_code(&mine, &typed, NEW).await.is(204);
    post.app.login(ADA, NEW).await.is(200);
    let again = post.by_code(&mine, &typed, PASSWORD).await.is(401);
    assert_eq!(again.code(), "sign_in_expired");
}

async fn otk_14_after_five_wrong_codes_only_the_link_works<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let post = Post::on(place).await;
    post.app.register(ADA).await.is(201);
    let (sign_in, mail) = post.asked(ADA).await;
    for left in [4, 3, 2, 1, 0] {
        let refused = post.by_code(&sign_in, &wrong(&mail.code()), NEW).await.is(401);
        assert_eq!((refused.code().as_str(), &refused.json()["tries_left"]), ("invalid_code", &json!(left)));
    }
    let refused = post.by_code(&sign_in, &mail.code(), NEW).await.is(401);
    assert_eq!(refused.code(), "sign_in_expired");
    assert!(refused.json()["tries_left"].is_null());
    // Who only guesses codes does not take the link from the owner.
    post.by_link(&mail.token(), NEW).await.is(204);
}

async fn step_05_and_mail_08_one_use_voids_every_other_link<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let post = Post::on(place).await;
    post.app.register(ADA).await.is(201);
    let (first, early) = post.asked(ADA).await;
    let (_, late) = post.asked(ADA).await;
    assert!(post.link_works(&early.token()).await && post.link_works(&late.token()).await);
    post.by_link(&late.token(), NEW).await.is(204);
    assert!(!post.link_works(&early.token()).await);
    assert_eq!(post.by_code(&first, &early.code(), PASSWORD).await.is(401).code(), "sign_in_expired");
    post.app.login(ADA, NEW).await.is(200);
}

#[tokio::test]
async fn mail_10_a_refused_password_uses_nothing_up() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    let (sign_in, mail) = post.asked(ADA).await;
    for _ in 0..8 {
        // One breaks a rule by itself, the other because of whose it would be.
        for bad in ["short", ADA] {
            let refused = post.by_link(&mail.token(), bad).await.is(422);
            assert_eq!(refused.broken()[0].0, "new_password");
            post.by_code(&sign_in, &mail.code(), bad).await.is(422);
        }
    }
    post.by_code(&sign_in, &mail.code(), NEW).await.is(204);
}

#[tokio::test]
async fn mail_08_a_changed_password_voids_every_link() {
    for way in ["change", "set", "logout-all", "disable"] {
        let post = Post::new().await;
        let app = &post.app;
        let token = app.register(ADA).await.is(201).access_token();
        let (_, mail) = post.asked(ADA).await;
        assert!(post.link_works(&mail.token()).await);
        match way {
            "change" => drop(app.change_password(&token, PASSWORD, NEW).await.is(204)),
            "set" => app.auth.accounts().set_password(&1, NEW).await.unwrap(),
            "logout-all" => drop(app.send(Call::post("/auth/logout-all").bearer(&token)).await.is(204)),
            _ => {
                app.auth.accounts().disable(&1).await.unwrap();
                app.auth.accounts().enable(&1).await.unwrap();
            }
        }
        assert!(!post.link_works(&mail.token()).await, "{way}");
    }
}

#[tokio::test]
async fn otk_03_a_link_lives_half_an_hour() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    let (sign_in, mail) = post.asked(ADA).await;
    post.app.after(30 * 60 - 1);
    assert!(post.link_works(&mail.token()).await);
    post.app.after(1);
    assert!(!post.link_works(&mail.token()).await);
    assert_eq!(post.by_code(&sign_in, &mail.code(), NEW).await.is(401).code(), "sign_in_expired");
}

#[tokio::test]
async fn an_account_without_a_password_gets_one() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    post.app.db.run("UPDATE users SET password_hash = '!'").await;
    post.app.login(ADA, PASSWORD).await.is(401);
    let (_, mail) = post.asked(ADA).await;
    post.by_link(&mail.token(), NEW).await.is(204);
    post.app.login(ADA, NEW).await.is(200);
}

#[tokio::test]
async fn a_reset_lifts_the_lock_of_strangers() {
    let post = Post::with_limits().await;
    let app = &post.app;
    let login = async |ip: &str, password: &str| {
        let body = json!({ "email": ADA, "password": password });
        app.send(Call::post("/auth/login").coming_from(ip).json(&body)).await.status.as_u16()
    };
    app.register(ADA).await.is(201);
    for number in 0..100 {
        login(&format!("198.51.100.{number}"), "wrong").await;
        app.after(15);
    }
    assert_eq!(login("192.0.2.7", PASSWORD).await, 429);
    let (_, mail) = post.asked(ADA).await;
    post.by_link(&mail.token(), NEW).await.is(204);
    assert_eq!(login("192.0.2.7", NEW).await, 200);
}

#[tokio::test]
async fn a_mail_is_in_the_language_of_who_asked() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    for (header, subject) in
        [("fr, de-AT;q=0.8, en;q=0.5", "Neues Passwort"), ("en", "New password"), ("", "New password")]
    {
        let call = Call::post("/auth/password/forgot").header("accept-language", header);
        post.app.send(call.json(&json!({ "email": ADA }))).await.is(202);
        post.app.auth.send_mail().await.unwrap();
        let mail = post.mailbox.last_to(ADA);
        assert!(mail.subject.starts_with(subject) && mail.subject.is_ascii() == (subject != "Neues Passwort"));
        assert!(mail.html.as_ref().unwrap().contains(&mail.link()));
    }
}
