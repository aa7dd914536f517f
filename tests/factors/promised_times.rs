//! `expires_in` is the number that the guide promises, although time passes while a request is answered.

use std::sync::atomic::{AtomicU64, Ordering};

use auth::AuthBuilder;
use auth::clock::{Clock, Timestamp};
use auth::mail::LetterKind;
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Customer, Reader, Stage, TABLES};
use auth_tests::{Answer, Call, Database};
use serde_json::json;

use crate::{ADA, enrol, signed_up, with_factors};

/// Begins within a second, and goes on by a few milliseconds whenever it is read.
#[derive(Debug)]
struct Ticking(AtomicU64);

impl Ticking {
    fn begin() -> Self {
        Self(AtomicU64::new(1_800_000_000_123))
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.fetch_add(3, Ordering::SeqCst))
    }
}

fn expires_in(answer: &Answer) -> u64 {
    answer.json()["expires_in"].as_u64().unwrap()
}

#[tokio::test]
async fn the_promised_seconds_are_in_every_answer() {
    let setup = |builder: AuthBuilder<Reader>| with_factors(builder).clock(Ticking::begin());
    let stage = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, setup).await;
    let ada = stage.sign_up(ADA).await.is(201);
    assert_eq!(expires_in(&ada), 900);
    let send = stage.post_as(&ada.access_token(), "/email/verify/send", json!({})).await.is(202);
    let forgot = stage.post("/password/forgot", json!({ "email": ADA })).await.is(202);
    let by_mail = stage.post("/sign-in/mail", json!({ "email": ADA })).await.is(202);
    let again = stage.post("/sign-in/mail/again", json!({ "sign_in": by_mail.field("sign_in") })).await.is(202);
    let nobody = stage.post("/sign-in/mail", json!({ "email": "nobody@example.org" })).await.is(202);
    let times = [send, forgot, by_mail, again, nobody].map(|answer| expires_in(&answer));
    assert_eq!(times, [86_400, 1_800, 600, 600, 600]);

    let (access, _) = signed_up(&stage, "b@example.org").await;
    let change = stage.post_as(&access, "/email/change", json!({ "new_email": "c@example.org" })).await.is(202);
    let freshen = stage.post_as(&access, "/reauthenticate/mail", json!({})).await.is(202);
    let begun = stage.post_as(&access, "/factors/totp", json!({})).await.is(200);
    let begun_again = stage.post_as(&access, "/factors/totp", json!({})).await.is(200);
    assert_eq!([change, freshen, begun, begun_again].map(|answer| expires_in(&answer)), [7_200, 600, 600, 600]);
}

#[tokio::test]
async fn the_promised_seconds_are_in_cookies_and_errors() {
    let setup = |builder: AuthBuilder<Reader>| with_factors(builder).clock(Ticking::begin());
    let stage = Stage::<Reader, _>::with(Database::with(TABLES[0]).await, setup).await;
    let age = |answer: &Answer, name: &str| {
        let cookies = answer.set_cookies();
        let cookie = cookies.iter().find(|cookie| cookie.starts_with(name)).unwrap();
        cookie.split("Max-Age=").nth(1).unwrap().split(';').next().unwrap().parse::<u64>().unwrap()
    };
    signed_up(&stage, ADA).await;
    let cookies =
        async |path: &str, body: serde_json::Value| stage.send(Call::post(path).same_origin().json(&body)).await;
    let login = json!({ "email": ADA, "password": PASSWORD });
    let answer = cookies("/login?cookies=true", login.clone()).await.is(200);
    assert_eq!((expires_in(&answer), age(&answer, "__Host-reader-access")), (900, 900));
    assert_eq!(age(&answer, "__Host-reader-refresh"), 30 * 24 * 60 * 60);
    let answer = cookies("/sign-in/mail?cookies=true", json!({ "email": ADA })).await.is(202);
    assert_eq!((expires_in(&answer), age(&answer, "__Host-reader-sign-in")), (600, 600));
    assert!(stage.deliver().await > 0 && stage.mailbox.last(LetterKind::SignIn, ADA).text.contains("10 minutes"));

    let access = stage.login(ADA, PASSWORD).await.is(200).access_token();
    enrol(&stage, &access).await;
    let half = stage.login(ADA, PASSWORD).await.is(401);
    assert_eq!((half.code().as_str(), expires_in(&half)), ("factor_required", 300));

    let setup = |builder: AuthBuilder<Customer>| builder.clock(Ticking::begin());
    let stage = Stage::<Customer, _>::with(Database::with(TABLES[0]).await, setup).await;
    assert_eq!(expires_in(&stage.sign_up("ada", ADA, PASSWORD).await.is(202)), 1_800);
}
