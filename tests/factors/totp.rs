//! Codes of an authenticator app.

use auth::Secret;
use serde_json::json;

use super::{ADA, EVE, amr, by_recovery_code, by_totp, code, enrolled, half, stage};

#[tokio::test]
async fn totp_04_a_code_signs_in_once_with_two_factors() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let answer = stage.login(ADA, auth_tests::app::PASSWORD).await.is(401);
    let problem = answer.json();
    assert_eq!((problem["needs"].as_str(), problem["code"].as_str()), (Some("factor"), Some("factor_required")));
    assert_eq!(problem["methods"], json!([{ "method": "totp" }, { "method": "recovery_code" }]));
    assert_eq!(problem["expires_in"], 300);
    let shown = code(&stage, &ada.secret);
    let tokens = by_totp(&stage, &answer.field("sign_in"), &shown).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "otp", "mfa"]);
    stage.me(&tokens.access_token()).await.is(200);
    // Neither this code nor that of an earlier step is a code any more.
    let (handle, earlier) = (half(&stage, ADA).await, auth::testing::totp_code(&ada.secret, at(&stage, -30)));
    for used in [&shown, &earlier] {
        assert_eq!(by_totp(&stage, &handle, used).await.is(401).code(), "invalid_code");
    }
    let later = auth::testing::totp_code(&ada.secret, at(&stage, 30));
    by_totp(&stage, &handle, &later).await.is(200);
}

fn at(
    stage: &auth_tests::stage::Stage<auth_tests::stage::Reader, auth_tests::Database>,
    apart: i64,
) -> auth::clock::Timestamp {
    use auth::clock::Clock as _;
    auth::clock::Timestamp::from_secs(stage.clock.now().as_secs().checked_add_signed(apart).unwrap())
}

#[tokio::test]
async fn totp_12_the_enrolment_code_does_not_sign_in() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let handle = half(&stage, ADA).await;
    let enrolment = auth::testing::totp_code(&ada.secret, at(&stage, -30));
    assert_eq!(by_totp(&stage, &handle, &enrolment).await.is(401).code(), "invalid_code");
    by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(200);
}

#[tokio::test]
async fn totp_13_a_clock_put_back_revives_no_code() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let now = at(&stage, 0);
    by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200);
    stage.clock.set(at(&stage, -3_600));
    let handle = half(&stage, ADA).await;
    assert_eq!(by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(401).code(), "invalid_code");
    // A phone that is two steps ahead is refused, and locked out of nothing.
    stage.clock.set(now);
    stage.after(60);
    let handle = half(&stage, ADA).await;
    let ahead = auth::testing::totp_code(&ada.secret, at(&stage, 60));
    assert_eq!(by_totp(&stage, &handle, &ahead).await.is(401).code(), "invalid_code");
    by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(200);
}

#[tokio::test]
async fn totp_15_factors_survive_every_rotation_of_the_secret() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    for _ in 0..2 {
        stage.auth.rotate_secret(&Secret::generate().unwrap(), &[]).await.unwrap();
    }
    by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200);
    by_recovery_code(&stage, &half(&stage, ADA).await, &ada.recovery_codes[3]).await.is(200);
}

#[tokio::test]
async fn sign_03_and_rc_07_another_account_has_other_codes() {
    let stage = stage().await;
    let (ada, eve) = (enrolled(&stage, ADA).await, enrolled(&stage, EVE).await);
    let handle = half(&stage, ADA).await;
    assert_eq!(by_totp(&stage, &handle, &code(&stage, &eve.secret)).await.is(401).code(), "invalid_code");
    assert_eq!(by_recovery_code(&stage, &handle, &eve.recovery_codes[0]).await.is(401).code(), "invalid_code");
    // Nothing of hers was used up by it.
    let hers = half(&stage, EVE).await;
    by_recovery_code(&stage, &hers, &eve.recovery_codes[0]).await.is(200);
    by_totp(&stage, &half(&stage, EVE).await, &code(&stage, &eve.secret)).await.is(200);
    by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(200);
}

#[tokio::test]
async fn totp_06_five_wrong_codes_end_the_sign_in() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let handle = half(&stage, ADA).await;
    for left in (0..5).rev() {
        let wrong = by_totp(&stage, &handle, "000000").await.is(401);
        assert_eq!((wrong.code(), wrong.json()["tries_left"].as_u64()), ("invalid_code".to_owned(), Some(left)));
    }
    assert_eq!(by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(401).code(), "sign_in_expired");
    // The password is not locked by it, and another sign-in has its own five.
    by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200);
}

#[tokio::test]
async fn totp_07_the_handle_opens_nothing_for_five_minutes() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let handle = half(&stage, ADA).await;
    stage.me(&handle).await.is(401);
    stage.refresh(&handle).await.is(401);
    stage.post_as(&handle, "/factors/totp", json!({})).await.is(401);
    let mailed = json!({ "sign_in": handle, "code": "00000000" });
    assert_eq!(stage.post("/sign-in/mail/code", mailed).await.is(401).code(), "sign_in_expired");
    for other in [&ada.access, &ada.refresh, &handle[1..], ""] {
        assert_eq!(by_totp(&stage, other, &code(&stage, &ada.secret)).await.is(401).code(), "sign_in_expired");
    }
    stage.after(299);
    by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(200);
    let handle = half(&stage, ADA).await;
    stage.after(300);
    assert_eq!(by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(401).code(), "sign_in_expired");
}

#[tokio::test]
async fn a_cancelled_sign_in_needs_the_password_again() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let handle = half(&stage, ADA).await;
    stage.post("/sign-in/cancel", json!({ "sign_in": handle })).await.is(204);
    assert_eq!(by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(401).code(), "sign_in_expired");
}
