//! Signing in with a mailed code or link.

use auth::event::{EventKind, LoginFailure};
use auth::mail::LetterKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::TestMail;
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database, Place, on_databases, payload, together};
use axum::http::Method;
use serde_json::{Value, json};

use crate::{ADA, EVE, NEW, wrong};

on_databases! {
    [super::TABLES[0], super::TABLES[1], super::TABLES[2]];
    otk_13_a_mailed_code_signs_in_once
    sign_04_of_64_right_codes_one_signs_in
    sign_04_of_64_right_links_one_signs_in
    sign_04_of_64_wrong_codes_to_sign_in_five_count
    reg_08_who_reads_the_mail_ends_what_a_stranger_set
}

async fn staged<P: Place>(place: P) -> Stage<Reader, P>
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    Stage::with(place, |builder| builder.mail_sign_in(true)).await
}

/// Asks to sign in, and returns the handle.
async fn asked<P: Place>(stage: &Stage<Reader, P>, email: &str) -> String {
    let answer = stage.post("/sign-in/mail", json!({ "email": email })).await.is(202);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!((&answer.json()["needs"], &answer.json()["expires_in"]), (&json!("mailbox"), &json!(600)));
    answer.field("sign_in")
}

async fn with_code<P: Place>(stage: &Stage<Reader, P>, handle: &str, code: &str) -> auth_tests::Answer {
    stage.post("/sign-in/mail/code", json!({ "sign_in": handle, "code": code })).await
}

async fn otk_13_a_mailed_code_signs_in_once<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = staged(place).await;
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    stage.deliver().await;
    let handle = asked(&stage, " Ada@Example.ORG").await;
    assert_eq!(stage.deliver().await, 1);
    let mail = stage.mailbox.last_to(ADA);
    assert!(mail.link().starts_with("https://app.example/sign-in#t="), "{}", mail.link());
    let code = mail.code();
    assert_eq!(with_code(&stage, &handle, &wrong(&code)).await.is(401).json()["tries_left"], json!(4));
    let tokens = with_code(&stage, &handle, &format!("{} {}", &code[..4], &code[4..])).await.is(200);
    assert_eq!(payload(&tokens.access_token())["amr"], json!(["email"]));
    assert_eq!(with_code(&stage, &handle, &code).await.is(401).code(), "sign_in_expired");
    // The password stays what it was.
    stage.login(ADA, PASSWORD).await.is(200);
}

async fn sign_04_of_64_right_codes_one_signs_in<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    one_signs_in(place, "/sign-in/mail/code", |mail| ("code", mail.code())).await;
}

async fn sign_04_of_64_right_links_one_signs_in<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    one_signs_in(place, "/sign-in/mail/link", |mail| ("token", mail.token())).await;
}

async fn sign_04_of_64_wrong_codes_to_sign_in_five_count<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = staged(place).await;
    stage.sign_up(ADA).await.is(201);
    let handle = asked(&stage, ADA).await;
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    let call = |_| Call::post("/sign-in/mail/code").json(&json!({ "sign_in": handle, "code": wrong(&code) }));
    let answers = together(&stage.router, (0..64).map(call)).await;
    let compared = answers.iter().filter(|answer| answer.code() == "invalid_code").count();
    let refused = answers.iter().filter(|answer| answer.code() == "sign_in_expired").count();
    assert_eq!((compared, refused), (5, 59));
    with_code(&stage, &handle, &code).await.is(401);
}

/// 64 right answers at once begin one session.
async fn one_signs_in<P: Place>(place: P, path: &str, shown: impl Fn(&TestMail) -> (&'static str, String))
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = staged(place).await;
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().end_sessions(&1).await.unwrap();
    let handle = asked(&stage, ADA).await;
    stage.deliver().await;
    let (field, text) = shown(&stage.mailbox.last(LetterKind::SignIn, ADA));
    let call = |_| Call::post(path).json(&json!({ "sign_in": handle, field: text }));
    let answers = together(&stage.router, (0..64).map(call)).await;
    let right = answers.iter().filter(|answer| answer.status == 200).count();
    let codes: Vec<_> = answers.iter().filter(|answer| answer.status != 200).map(Answer::text).collect();
    assert_eq!(right, 1, "{codes:?}");
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.code() == "sign_in_expired"));
    assert_eq!(
        stage.auth.sessions(&1).await.unwrap().len(),
        1,
        "the address was not confirmed: the sign-up's has ended"
    );
}

async fn reg_08_who_reads_the_mail_ends_what_a_stranger_set<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = staged(place).await;
    for by_reset in [false, true] {
        let (email, number) = if by_reset { (EVE, 2) } else { (ADA, 1) };
        // A stranger signs up with the address of somebody else.
        let stranger = stage.sign_up(email).await.is(201);
        stage.deliver().await;
        let reset = stage.post("/password/forgot", json!({ "email": email })).await.is(202).field("sign_in");
        stage.deliver().await;
        let earlier = stage.mailbox.last_to(email);
        stage.events();
        if by_reset {
            let body = json!({ "sign_in": reset, "code": earlier.code(), "new_password": NEW });
            stage.post("/password/reset", body).await.is(204);
            stage.login(email, NEW).await.is(200);
        } else {
            let handle = asked(&stage, email).await;
            stage.deliver().await;
            let owner = with_code(&stage, &handle, &stage.mailbox.last_to(email).code()).await.is(200);
            assert_eq!(payload(&owner.access_token())["email_verified"], json!(true));
            stage.me(&owner.access_token()).await.is(200);
            // What was mailed to set a password is void, too: whoever asked may not be whoever reads.
            let body = json!({ "token": earlier.token(), "new_password": NEW });
            stage.post("/password/reset", body).await.is(400);
        }
        let user = number.to_string();
        let events = stage.events();
        assert!(events.contains(&EventKind::AccountReclaimed { user: user.clone() }), "{events:?}");
        assert!(events.contains(&EventKind::AddressVerified { user }), "{events:?}");
        stage.login(email, PASSWORD).await.is(401);
        stage.me(&stranger.access_token()).await.is(401);
        stage.refresh(&stranger.refresh_token()).await.is(401);
    }
}

#[tokio::test]
async fn mail_01_a_link_needs_the_browser_that_asked() {
    let stage = staged(Database::with(TABLES[0]).await).await;
    stage.sign_up(ADA).await.is(201);
    let (mine, foreign) = (asked(&stage, ADA).await, asked(&stage, "nobody@example.org").await);
    stage.deliver().await;
    let token = stage.mailbox.last(LetterKind::SignIn, ADA).token();
    for method in [Method::GET, Method::HEAD] {
        for path in ["/sign-in/mail/link", "/sign-in/mail/code"] {
            assert_eq!(stage.send(Call::new(method.clone(), path)).await.status, 405);
        }
    }
    let link = "/sign-in/mail/link";
    assert_eq!(stage.post(link, json!({ "token": token })).await.is(422).broken()[0].0, "sign_in");
    assert_eq!(stage.post(link, json!({ "sign_in": foreign, "token": token })).await.is(401).code(), "other_browser");
    let failed = EventKind::LoginFailed { user: None, reason: LoginFailure::WrongLink };
    assert!(stage.events().contains(&failed));
    assert_eq!(stage.post(link, json!({ "sign_in": mine, "token": "x" })).await.is(400).code(), "invalid_link");
    stage.post(link, json!({ "sign_in": mine, "token": token })).await.is(200);
}

#[tokio::test]
async fn sign_10_unknown_and_disabled_accounts_look_like_others() {
    let stage = staged(Database::with(TABLES[0]).await).await;
    stage.sign_up(ADA).await.is(201);
    stage.sign_up(EVE).await.is(201);
    stage.auth.accounts().disable(&2).await.unwrap();
    stage.deliver().await;
    let mails = stage.mailbox.all().len();
    for email in [EVE, "nobody@example.org", "a@b, ada@example.org", ""] {
        let handle = asked(&stage, email).await;
        assert_eq!(handle.len(), 64);
        assert_eq!(stage.deliver().await, 0, "{email}");
        assert_eq!(with_code(&stage, &handle, "12345678").await.is(401).json()["tries_left"], json!(4));
    }
    assert_eq!(stage.mailbox.all().len(), mails);
}

#[tokio::test]
async fn the_same_code_is_mailed_again() {
    let stage = staged(Database::with(TABLES[0]).await).await;
    stage.sign_up(ADA).await.is(201);
    let handle = asked(&stage, ADA).await;
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    with_code(&stage, &handle, &wrong(&code)).await.is(401);
    stage.after(120);
    let again = stage.post("/sign-in/mail/again", json!({ "sign_in": handle })).await.is(202);
    assert_eq!((again.field("sign_in"), &again.json()["expires_in"]), (handle.clone(), &json!(480)));
    assert_eq!(stage.deliver().await, 1);
    let second = stage.mailbox.last_to(ADA);
    assert_eq!(second.code(), code);
    // No more tries than before.
    assert_eq!(with_code(&stage, &handle, &wrong(&code)).await.is(401).json()["tries_left"], json!(3));
    with_code(&stage, &handle, &code).await.is(200);
    let gone = stage.post("/sign-in/mail/again", json!({ "sign_in": handle })).await.is(401);
    assert_eq!(gone.code(), "sign_in_expired");
}

#[tokio::test]
async fn sign_06_nothing_is_taken_for_something_else() {
    let stage = staged(Database::with(TABLES[0]).await).await;
    let tokens = stage.sign_up(ADA).await.is(201);
    stage.deliver().await;
    let verify = stage.mailbox.last_to(ADA);
    let reset = stage.post("/password/forgot", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let reset_mail = stage.mailbox.last_to(ADA);
    let handle = asked(&stage, ADA).await;
    stage.deliver().await;
    let mail = stage.mailbox.last_to(ADA);
    let (access, refresh) = (tokens.access_token(), tokens.refresh_token());
    let all = [&handle, &reset, &access, &refresh, &mail.token(), &verify.token(), &reset_mail.token()];
    for text in all {
        let is = |right: &str| text.as_str() == right;
        let cases: [(bool, &str, Value); 7] = [
            (is(&handle), "/sign-in/mail/code", json!({ "sign_in": text, "code": wrong(&mail.code()) })),
            (is(&mail.token()), "/sign-in/mail/link", json!({ "sign_in": handle, "token": text })),
            (is(&reset), "/password/reset", json!({ "sign_in": text, "code": reset_mail.code(), "new_password": NEW })),
            (is(&reset_mail.token()), "/password/reset", json!({ "token": text, "new_password": NEW })),
            (false, "/email/change/confirm", json!({ "token": text })),
            (false, "/email/change/undo", json!({ "token": text })),
            (is(&refresh), "/refresh", json!({ "refresh_token": text })),
        ];
        for (is_right, path, body) in cases {
            // What is right for something is tried there last, or in a way that uses nothing up.
            if is_right {
                continue;
            }
            let answer = stage.post(path, body).await;
            let refused = ["sign_in_expired", "invalid_link", "other_browser", "invalid_refresh_token"];
            assert!(refused.contains(&answer.code().as_str()), "{path} with {text}: {}", answer.text());
        }
        if !is(&access) {
            stage.me(text).await.is(401);
        }
        if !is(&verify.token()) {
            stage.post_as(&access, "/email/verify", json!({ "token": text })).await.is(400);
        }
    }
    assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), 1);
    with_code(&stage, &handle, &mail.code()).await.is(200);
}

#[tokio::test]
async fn nobody_signs_in_by_mail_unless_that_is_on() {
    let stage = Stage::<Reader, _>::new(Database::with(TABLES[0]).await).await;
    for path in ["/sign-in/mail", "/sign-in/mail/code", "/sign-in/mail/link", "/sign-in/mail/again", "/sign-in/cancel"]
    {
        assert_eq!(stage.post(path, json!({})).await.status, 404, "{path}");
    }
}
