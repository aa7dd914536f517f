//! A browser with cookies keeps what it has begun in a cookie that no script can read.

use auth::CookieSettings;
use auth::mail::LetterKind;
use auth_tests::app::PASSWORD;
use auth_tests::browser::Browser;
use auth_tests::stage::{Customer, CustomerRegistration, Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database};
use serde_json::{Value, json};

use crate::{ADA, EVE, NEW};

const SIGN_IN: &str = "__Host-customer-sign-in";
const ACCESS: &str = "__Host-customer-access";

async fn staged() -> Stage<Customer, Database> {
    let stage = Stage::<Customer, _>::with(Database::with(TABLES[0]).await, |builder| builder.mail_sign_in(true)).await;
    for (nick, contact) in [("ada", ADA), ("eve", EVE)] {
        let form = CustomerRegistration { nick: nick.to_owned(), contact: contact.to_owned(), shoe_size: None };
        stage.auth.accounts().create(form, PASSWORD).await.unwrap();
    }
    stage
}

/// What a page of ours sends.
fn ours(path: &str, body: &Value) -> Call {
    Call::post(path).same_origin().json(body)
}

/// The one cookie of an answer, whose body has no handle.
fn kept(answer: &Answer) -> String {
    assert!(!answer.text().contains("sign_in\":"), "{}", answer.text());
    let [cookie] = answer.set_cookies()[..] else { panic!("{:?}", answer.set_cookies()) };
    cookie.to_owned()
}

#[tokio::test]
async fn otk_13_the_handle_is_in_a_cookie_at_every_door() {
    let stage = staged().await;
    let sign_up = json!({ "nick": "new", "contact": "new@example.org", "password": PASSWORD });
    let doors = [
        ("/login", json!({ "contact": ADA, "password": PASSWORD }), 401),
        ("/register", sign_up, 202),
        ("/sign-in/mail", json!({ "contact": ADA }), 202),
        ("/sign-in/mail", json!({ "contact": "nobody@example.org" }), 202),
        ("/password/forgot", json!({ "contact": ADA }), 202),
    ];
    for (path, body, status) in doors {
        let answer = stage.send(ours(&format!("{path}?cookies=true"), &body)).await.is(status);
        let cookie = kept(&answer);
        assert!(cookie.starts_with(&format!("{SIGN_IN}=")), "{path}: {cookie}");
        for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age="] {
            assert!(cookie.contains(attribute), "{path}: {cookie}");
        }
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        // Clients that do not ask for cookies get it in the body.
        let answer = stage.send(ours(path, &body)).await.is(status);
        assert_eq!(answer.field("sign_in").len(), 64, "{path}");
        assert!(answer.set_cookies().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn otk_13_a_browser_signs_in_by_what_it_keeps() {
    for by_link in [false, true] {
        let stage = staged().await;
        let mut browser = Browser::new(&stage.router);
        let login = json!({ "contact": ADA, "password": PASSWORD });
        browser.send(ours("/login?cookies=true", &login)).await.is(401);
        stage.deliver().await;
        let mail = stage.mailbox.last_to(ADA);
        let (path, body) = if by_link {
            ("/sign-in/mail/link?cookies=true", json!({ "token": mail.token() }))
        } else {
            ("/sign-in/mail/code?cookies=true", json!({ "code": mail.code() }))
        };
        // Neither for a page of another site, nor for another browser.
        let foreign = browser.send(Call::post(path).header("origin", "https://evil.example").json(&body)).await;
        assert_eq!(foreign.is(403).code(), "cross_site");
        let elsewhere = Browser::new(&stage.router).send(ours(path, &body)).await;
        assert_eq!(elsewhere.is(422).code(), "invalid_fields");
        browser.send(ours(path, &body)).await.is(200);
        assert_eq!(browser.cookie(SIGN_IN), None, "it was used");
        assert!(browser.cookie(ACCESS).is_some());
        browser.send(Call::get("/me")).await.is(200);
    }
}

#[tokio::test]
async fn csrf_03_a_handle_in_the_body_decides_alone() {
    let stage = staged().await;
    let mut browser = Browser::new(&stage.router);
    let login = |contact: &str| json!({ "contact": contact, "password": PASSWORD });
    browser.send(ours("/login?cookies=true", &login(EVE))).await.is(401);
    let kept = browser.cookie(SIGN_IN).unwrap().to_owned();
    let handle = browser.send(ours("/login", &login(ADA))).await.is(401).field("sign_in");
    stage.deliver().await;
    let body = json!({ "sign_in": handle, "code": stage.mailbox.last_to(ADA).code() });
    let tokens = browser.send(Call::post("/sign-in/mail/code").json(&body)).await.is(200);
    assert!(stage.me(&tokens.access_token()).await.is(200).text().contains(ADA));
    assert_eq!(browser.cookie(SIGN_IN), Some(&*kept), "the other one was not used");
}

#[tokio::test]
async fn otk_13_what_is_kept_is_mailed_again_and_cancelled() {
    let stage = staged().await;
    let mut browser = Browser::new(&stage.router);
    let nothing = browser.send(Call::post("/sign-in/cancel").same_origin()).await;
    assert_eq!(nothing.is(415).code(), "unsupported_media_type");
    browser.send(ours("/sign-in/mail?cookies=true", &json!({ "contact": ADA }))).await.is(202);
    let first = browser.cookie(SIGN_IN).unwrap().to_owned();
    let again = browser.send(Call::post("/sign-in/mail/again").same_origin()).await.is(202);
    assert!(kept(&again).contains(&first), "the same handle, in the cookie that it came in");
    assert_eq!(stage.deliver().await, 2);
    let cancelled = browser.send(Call::post("/sign-in/cancel").same_origin()).await.is(204);
    assert!(cancelled.set_cookies()[0].contains("Max-Age=0"));
    assert_eq!(browser.cookie(SIGN_IN), None);
    let body = json!({ "sign_in": first, "code": stage.mailbox.last_to(ADA).code() });
    assert_eq!(stage.post("/sign-in/mail/code", body).await.is(401).code(), "sign_in_expired");
}

#[tokio::test]
async fn otk_13_a_forgotten_password_is_reset_by_what_is_kept() {
    let stage = staged().await;
    let mut browser = Browser::new(&stage.router);
    browser.send(ours("/password/forgot?cookies=true", &json!({ "contact": ADA }))).await.is(202);
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::ResetPassword, ADA).code();
    let body = json!({ "code": code, "new_password": NEW });
    let foreign = Call::post("/password/reset").header("origin", "https://evil.example").json(&body);
    assert_eq!(browser.send(foreign).await.is(403).code(), "cross_site");
    browser.send(ours("/password/reset", &json!({ "code": code, "new_password": "short" }))).await.is(422);
    assert!(browser.cookie(SIGN_IN).is_some(), "a refused password uses nothing up");
    browser.send(ours("/password/reset", &body)).await.is(204);
    assert_eq!(browser.cookie(SIGN_IN), None);
}

#[tokio::test]
async fn otk_13_a_change_of_address_outlives_other_sign_ins() {
    let stage = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, |builder| builder.mail_sign_in(true)).await;
    stage.sign_up(ADA).await.is(201);
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let mut browser = Browser::new(&stage.router);
    let login = json!({ "email": ADA, "password": PASSWORD });
    browser.send(ours("/login?cookies=true", &login)).await.is(200);
    let asked = browser.send(ours("/email/change", &json!({ "new_email": EVE }))).await.is(202);
    assert!(kept(&asked).starts_with("__Host-reader-address-change="));
    stage.deliver().await;
    let links = [(EVE, LetterKind::ConfirmNewAddress), (ADA, LetterKind::ConfirmAddressChange)];
    let links = links.map(|(address, kind)| (address, stage.mailbox.last(kind, address).token()));
    // Signing in otherwise begins and ends something else.
    browser.send(ours("/sign-in/mail?cookies=true", &json!({ "email": ADA }))).await.is(202);
    browser.send(Call::post("/sign-in/cancel").same_origin()).await.is(204);
    for (address, token) in links {
        let body = json!({ "token": token });
        let elsewhere = Browser::new(&stage.router).send(ours("/email/change/confirm", &body)).await;
        if address == EVE {
            assert_eq!(elsewhere.is(401).code(), "other_browser");
            let answer = browser.send(ours("/email/change/confirm", &body)).await.is(200);
            assert_eq!(answer.field("waiting_for"), "old");
        } else {
            elsewhere.is(204);
        }
    }
    browser.send(Call::get("/me")).await.is(401);
    assert!(stage.login(EVE, PASSWORD).await.is(200).text().contains("access_token"));
    // With a bearer token, the handle is in the body.
    let token = stage.login(EVE, PASSWORD).await.is(200).access_token();
    let asked = stage.post_as(&token, "/email/change", json!({ "new_email": ADA })).await.is(202);
    assert_eq!(asked.field("sign_in").len(), 64);
}

#[tokio::test]
async fn cook_06_a_planted_handle_is_refused() {
    let stage = staged().await;
    let body = json!({ "code": "12345678" });
    let twice = format!("{SIGN_IN}=one; {SIGN_IN}=two");
    let answer = stage.send(ours("/sign-in/mail/code", &body).cookie(&twice)).await;
    assert_eq!(answer.is(400).code(), "invalid_request");
    let long = format!("{SIGN_IN}={}", "x".repeat(5_000));
    assert_eq!(stage.send(ours("/sign-in/mail/code", &body).cookie(&long)).await.is(401).code(), "sign_in_expired");
}

#[tokio::test]
async fn cook_01_settings_decide_who_keeps_a_handle() {
    let never =
        |builder: auth::AuthBuilder<Customer>| builder.mail_sign_in(true).cookies(CookieSettings::new().never());
    let stage = Stage::<Customer, _>::with(Database::with(TABLES[0]).await, never).await;
    let asked = stage.send(ours("/sign-in/mail?cookies=true", &json!({ "contact": ADA }))).await;
    assert_eq!(asked.is(400).code(), "invalid_request");
    // There is nothing that could be set.
    let (parts, ()) = axum::http::Request::new(()).into_parts();
    assert!(matches!(stage.auth.same_origin(&parts), Err(auth::AuthError::InvalidRequest(_))));
    // With cookies for everybody, no handle is in a body.
    let always =
        |builder: auth::AuthBuilder<Customer>| builder.mail_sign_in(true).cookies(CookieSettings::new().always());
    let stage = Stage::<Customer, _>::with(Database::with(TABLES[0]).await, always).await;
    let asked = stage.send(ours("/sign-in/mail", &json!({ "contact": ADA }))).await.is(202);
    assert!(kept(&asked).starts_with(SIGN_IN));
}
