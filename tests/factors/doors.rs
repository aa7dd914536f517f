//! Whichever way a sign-in begins, the factor is asked for.

use auth::clock::Clock as _;
use auth::mail::LetterKind;
use auth::testing::totp_code;
use auth::{AuthBuilder, CookieSettings, Limits};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Customer, CustomerRegistration, Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database};
use serde_json::{Value, json};

use super::{ADA, NEW, amr, by_totp, code, enrolled, stage};

#[tokio::test]
async fn sign_01_every_door_asks_for_the_factor() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    // By mail: the mailbox comes first, and is no factor.
    let asked = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let mail = stage.mailbox.last(LetterKind::SignIn, ADA);
    let half = stage.post("/sign-in/mail/code", json!({ "sign_in": asked, "code": mail.code() })).await.is(401);
    assert_eq!(half.code(), "factor_required");
    let tokens = by_totp(&stage, &half.field("sign_in"), &code(&stage, &ada.secret)).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["otp", "email"], "a mailbox and an app are not two factors");
    // By its link.
    stage.after(61);
    let asked = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let mail = stage.mailbox.last(LetterKind::SignIn, ADA);
    let half = stage.post("/sign-in/mail/link", json!({ "sign_in": asked, "token": mail.token() })).await.is(401);
    assert_eq!(half.code(), "factor_required");
    // The app begins nothing, and goes on with nothing but its own step.
    let asked = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202).field("sign_in");
    let refused = by_totp(&stage, &asked, &code(&stage, &ada.secret)).await.is(401);
    assert_eq!(refused.code(), "sign_in_expired");
}

#[tokio::test]
async fn rc_08_and_otk_15_mails_alone_lead_to_no_session() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    stage.post("/password/forgot", json!({ "email": ADA })).await.is(202);
    stage.deliver().await;
    let reset = json!({ "token": stage.mailbox.last(LetterKind::ResetPassword, ADA).token(), "new_password": NEW });
    stage.post("/password/reset", reset).await.is(204);
    // The password is new, and the factor stays.
    let half = stage.login(ADA, NEW).await.is(401);
    assert_eq!(half.code(), "factor_required");
    by_totp(&stage, &half.field("sign_in"), &code(&stage, &ada.secret)).await.is(200);
    stage.login(ADA, PASSWORD).await.is(401);
}

#[tokio::test]
async fn sign_11_methods_are_listed_after_a_right_factor() {
    let stage = stage().await;
    enrolled(&stage, ADA).await;
    // Nobody learns what a second step would be, or that there is one, before the first one was right.
    let wrong = json!({ "email": ADA, "password": NEW });
    let unknown = json!({ "email": "nobody@example.org", "password": NEW });
    let by_mail = |email: &str| stage.post("/sign-in/mail", json!({ "email": email }));
    let (ada, nobody) = (by_mail(ADA).await.is(202), by_mail("nobody@example.org").await.is(202));
    let code = json!({ "sign_in": ada.field("sign_in"), "code": "00000000" });
    let before = [
        stage.post("/login", wrong).await.is(401),
        stage.post("/login", unknown).await.is(401),
        stage.post("/password/forgot", json!({ "email": ADA })).await.is(202),
        stage.post("/sign-in/mail/code", code).await.is(401),
        ada,
        nobody,
    ];
    for answer in before {
        let answer = answer.text();
        assert!(!answer.contains("methods") && !answer.contains("totp"), "{answer}");
    }
    let after = stage.login(ADA, PASSWORD).await.is(401).json();
    assert_eq!(after["methods"], json!([{ "method": "totp" }, { "method": "recovery_code" }]));
    stage.deliver().await;
    let asked = by_mail(ADA).await.is(202).field("sign_in");
    stage.deliver().await;
    let code = stage.mailbox.last(LetterKind::SignIn, ADA).code();
    let after = stage.post("/sign-in/mail/code", json!({ "sign_in": asked, "code": code })).await.is(401).json();
    assert_eq!(after["methods"], json!([{ "method": "totp" }, { "method": "recovery_code" }]));
}

#[tokio::test]
async fn sign_07_a_password_alone_moves_no_time_of_login() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let before = auth_tests::payload(&ada.access)["auth_time"].clone();
    stage.after(120);
    let half = stage.post_as(&ada.access, "/reauthenticate", json!({ "password": PASSWORD })).await.is(401);
    assert_eq!(half.code(), "factor_required");
    let tokens = stage.refresh(&ada.refresh).await.is(200);
    assert_eq!(auth_tests::payload(&tokens.access_token())["auth_time"], before);
    let fresh = by_totp(&stage, &half.field("sign_in"), &code(&stage, &ada.secret)).await.is(200);
    assert!(fresh.json().get("refresh_token").is_none(), "no session began");
    let after = auth_tests::payload(&fresh.access_token())["auth_time"].as_u64().unwrap();
    assert!(after >= before.as_u64().unwrap() + 120);
    assert_eq!(stage.auth.sessions(&1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn sign_07_mail_alone_freshens_no_such_session() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let asked = stage.post_as(&ada.access, "/reauthenticate/mail", json!({})).await.is(202).field("sign_in");
    stage.deliver().await;
    let mail = stage.mailbox.last(LetterKind::SignIn, ADA);
    // The session began with two factors, and a mailbox is none: no code is asked for in vain.
    let refused = stage.post("/sign-in/mail/code", json!({ "sign_in": asked, "code": mail.code() })).await.is(401);
    assert_eq!(refused.code(), "step_up_required");
    by_totp(&stage, &super::half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200);
}

#[tokio::test]
async fn sign_13_a_step_from_another_network_is_told() {
    let place = Database::with(TABLES[0]).await;
    let setup = |builder: AuthBuilder<Reader>| super::with_factors(builder).limits(Limits::default());
    let stage = Stage::<Reader, _>::with(place, setup).await;
    let ada = enrolled(&stage, ADA).await;
    let sign_in = async |first: &str, second: &str| {
        stage.after(61);
        let body = json!({ "email": ADA, "password": PASSWORD });
        let handle = stage.send(Call::post("/login").coming_from(first).json(&body)).await.is(401).field("sign_in");
        let step = json!({ "sign_in": handle, "code": code(&stage, &ada.secret) });
        stage.send(Call::post("/sign-in/totp").coming_from(second).json(&step)).await.is(200);
    };
    let told = || {
        let new = stage.mailbox.all().into_iter().filter(|mail| mail.kind == LetterKind::NewSignIn);
        new.map(|mail| mail.text.clone()).collect::<Vec<_>>()
    };
    sign_in("192.0.2.1", "192.0.2.1").await;
    // At home, and then from where the code was phished.
    sign_in("192.0.2.1", "198.51.100.7").await;
    // Where nobody has signed in with the password.
    sign_in("198.51.100.7", "198.51.100.7").await;
    // The next one tells that there was none in between: they are written in turn.
    sign_in("192.0.2.1", "192.0.2.1").await;
    sign_in("203.0.113.9", "203.0.113.9").await;
    auth_tests::eventually("the last one is told", async || {
        stage.deliver().await;
        told().iter().any(|text| text.contains("203.0.113.9"))
    })
    .await;
    let (home, elsewhere) = ("192.0.2.1", "198.51.100.7");
    let count = |ip: &str| told().iter().filter(|text| text.contains(ip)).count();
    assert_eq!((count(home), count(elsewhere)), (1, 1), "{:?}", told());
}

#[tokio::test]
async fn sign_13_a_new_network_is_told_after_both_steps() {
    let place = Database::with(TABLES[0]).await;
    let setup = |builder: AuthBuilder<Reader>| super::with_factors(builder).limits(Limits::default());
    let stage = Stage::<Reader, _>::with(place, setup).await;
    let ada = enrolled(&stage, ADA).await;
    let told = || stage.mailbox.all().iter().filter(|mail| mail.kind == LetterKind::NewSignIn).count();
    let login =
        || Call::post("/login").coming_from("198.51.100.7").json(&json!({ "email": ADA, "password": PASSWORD }));
    stage.send(login()).await.is(401);
    for _ in 0..100 {
        tokio::task::yield_now().await;
        stage.deliver().await;
    }
    assert_eq!(told(), 0, "nobody has signed in");
    // Whoever shows the password there twice has still not signed in there before.
    let handle = stage.send(login()).await.is(401).field("sign_in");
    let step = json!({ "sign_in": handle, "code": code(&stage, &ada.secret) });
    stage.send(Call::post("/sign-in/totp").coming_from("198.51.100.7").json(&step)).await.is(200);
    for _ in 0..10_000 {
        if told() == 1 {
            return;
        }
        tokio::task::yield_now().await;
        stage.deliver().await;
    }
    panic!("a sign-in from another network is not told");
}

#[tokio::test]
async fn with_cookies_every_handle_stays_in_the_browser() {
    let setup = |builder: AuthBuilder<Reader>| super::with_factors(builder).cookies(CookieSettings::new());
    let stage = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, setup).await;
    let ada = enrolled(&stage, ADA).await;
    let kept = |answer: &Answer| {
        assert!(answer.json().get("sign_in").is_none() && answer.json().get("access_token").is_none());
        answer.cookies()
    };
    let ours = |path: &str, cookies: &str, body: Value| Call::post(path).same_origin().cookie(cookies).json(&body);
    let login = Call::post("/login?cookies=true").same_origin().json(&json!({ "email": ADA, "password": PASSWORD }));
    let half = kept(&stage.send(login).await.is(401));
    let step = json!({ "code": code(&stage, &ada.secret) });
    let session = stage.send(ours("/sign-in/totp", &half, step)).await.is(200).cookies();
    // Its reauthentication, by a caller with cookies, who does not say so again.
    stage.after(30);
    let asked = stage.send(ours("/reauthenticate", &session, json!({ "password": PASSWORD }))).await.is(401);
    let half = kept(&asked);
    let step = json!({ "code": code(&stage, &ada.secret) });
    let fresh = stage.send(ours("/sign-in/totp", &half, step)).await.is(200);
    assert!(fresh.json().get("access_token").is_none() && !fresh.set_cookies().is_empty());
    // By mail, the second handle takes the place of the first.
    let asked = stage.send(ours("/sign-in/mail?cookies=true", "", json!({ "email": ADA }))).await.is(202);
    stage.deliver().await;
    let code_in_mail = json!({ "code": stage.mailbox.last(LetterKind::SignIn, ADA).code() });
    let half = kept(&stage.send(ours("/sign-in/mail/code", &kept(&asked), code_in_mail)).await.is(401));
    stage.after(30);
    let step = json!({ "code": code(&stage, &ada.secret) });
    stage.send(ours("/sign-in/totp", &half, step)).await.is(200);
}

/// With `verified(required)`: what proves the address in two steps proves it for good.
#[tokio::test]
async fn a_mailbox_and_an_app_confirm_the_address() {
    let place = Database::with(TABLES[0]).await;
    let stage = Stage::<Customer, _>::with(place, super::with_factors).await;
    let form = CustomerRegistration { nick: "ada".into(), contact: ADA.into(), shoe_size: None };
    stage.auth.accounts().create(form, PASSWORD).await.unwrap();
    stage.auth.accounts().set_verified(&1, true).await.unwrap();
    let access = stage.login(ADA, PASSWORD).await.is(200).access_token();
    let secret = stage.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
    let shown = |stage: &Stage<Customer, Database>| totp_code(&secret, stage.clock.now());
    stage.post_as(&access, "/factors/totp/confirm", json!({ "code": shown(&stage) })).await.is(200);
    stage.after(30);
    stage.auth.accounts().set_verified(&1, false).await.unwrap();
    // The app first, so that a stolen password causes no mail.
    let half = stage.login(ADA, PASSWORD).await.is(401);
    assert_eq!(half.json()["needs"], "factor");
    assert_eq!(stage.deliver().await, 1, "of the factor that was added");
    let step = json!({ "sign_in": half.field("sign_in"), "code": shown(&stage) });
    let half = stage.post("/sign-in/totp", step).await.is(401);
    assert_eq!(half.json()["needs"], "mailbox");
    stage.deliver().await;
    let step = json!({ "sign_in": half.field("sign_in"), "code": stage.mailbox.last(LetterKind::SignIn, ADA).code() });
    let tokens = stage.post("/sign-in/mail/code", step).await.is(200);
    assert_eq!(super::amr(&tokens.access_token()), ["pwd", "otp", "mfa", "email"]);
    stage.refresh(&tokens.refresh_token()).await.is(200);
    // By mail, and then the app.
    stage.auth.accounts().set_verified(&1, false).await.unwrap();
    stage.after(61);
    let asked = stage.post("/sign-in/mail", json!({ "contact": ADA })).await.is(202).field("sign_in");
    stage.deliver().await;
    let step = json!({ "sign_in": asked, "code": stage.mailbox.last(LetterKind::SignIn, ADA).code() });
    let half = stage.post("/sign-in/mail/code", step).await.is(401);
    let step = json!({ "sign_in": half.field("sign_in"), "code": shown(&stage) });
    let tokens = stage.post("/sign-in/totp", step).await.is(200);
    stage.refresh(&tokens.refresh_token()).await.is(200);
    // The password is as it was.
    stage.after(30);
    assert_eq!(stage.login(ADA, PASSWORD).await.is(401).json()["needs"], "factor");
}

#[tokio::test]
async fn without_the_setting_there_are_no_routes() {
    let stage = auth_tests::stage::Stage::<auth_tests::stage::Reader, _>::new(
        auth_tests::Database::with(auth_tests::stage::TABLES[0]).await,
    )
    .await;
    for path in ["/factors/totp", "/sign-in/totp", "/sign-in/recovery-code", "/sign-in/cancel"] {
        stage.post(path, json!({})).await.is(404);
    }
}
