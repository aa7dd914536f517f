//! What happens to an account between the two steps of a sign-in.

use auth_tests::Call;
use auth_tests::app::PASSWORD;
use serde_json::json;

use super::{ADA, NEW, by_recovery_code, by_totp, code, enrolled, half, stage};

#[tokio::test]
async fn sign_05_what_changed_meanwhile_ends_the_sign_in() {
    for change in ["disable", "delete", "set_password", "end_sessions", "reset_factors"] {
        let stage = stage().await;
        let ada = enrolled(&stage, ADA).await;
        let handle = half(&stage, ADA).await;
        let accounts = stage.auth.accounts();
        match change {
            "disable" => accounts.disable(&1).await.unwrap(),
            "delete" => accounts.delete(&1).await.unwrap(),
            "set_password" => accounts.set_password(&1, NEW).await.unwrap(),
            "end_sessions" => accounts.end_sessions(&1).await.unwrap(),
            _ => accounts.reset_factors(&1).await.unwrap(),
        }
        let answer = by_totp(&stage, &handle, &code(&stage, &ada.secret)).await;
        assert!([401, 403].contains(&answer.status.as_u16()), "{change}: {}", answer.text());
        assert!(stage.auth.sessions(&1).await.unwrap().is_empty(), "{change}");
    }
}

#[tokio::test]
async fn sign_05_a_removed_factor_ends_the_sign_in() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let handle = half(&stage, ADA).await;
    stage.send(Call::delete("/factors/totp").bearer(&ada.access)).await.is(204);
    by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(401);
    by_recovery_code(&stage, &handle, &ada.recovery_codes[0]).await.is(401);
    stage.login(ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn sign_05_a_factor_added_during_a_login_is_asked_for() {
    let stage = stage().await;
    let (access, _) = super::signed_up(&stage, ADA).await;
    let secret = stage.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
    let confirm = Call::post("/factors/totp/confirm").bearer(&access).json(&json!({ "code": code(&stage, &secret) }));
    let login = || Call::post("/login").json(&json!({ "email": ADA, "password": PASSWORD }));
    let calls = (0..16).map(|_| login()).chain([confirm]).chain((0..16).map(|_| login()));
    let answers = auth_tests::together(&stage.router, calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.text().contains("recovery_codes")).count(), 1);
    // Whoever was let in before it was added is signed out by it.
    for answer in answers.iter().filter(|answer| answer.text().contains("refresh_token")) {
        stage.refresh(&answer.refresh_token()).await.is(401);
        stage.me(&answer.access_token()).await.is(401);
    }
    assert_eq!(stage.login(ADA, PASSWORD).await.is(401).code(), "factor_required");
}

#[tokio::test]
async fn a_void_sign_in_uses_no_code_up() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let handle = half(&stage, ADA).await;
    stage.auth.accounts().end_sessions(&1).await.unwrap();
    // Nor does it tell whether a code is right.
    for shown in [&*ada.recovery_codes[0], "0000-0000-0000-0000"] {
        assert_eq!(by_recovery_code(&stage, &handle, shown).await.is(401).code(), "sign_in_expired");
    }
    by_recovery_code(&stage, &half(&stage, ADA).await, &ada.recovery_codes[0]).await.is(200);
}

#[tokio::test]
async fn a_thief_ends_no_sign_in_of_the_owner() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let handle = half(&stage, ADA).await;
    for _ in 0..100 {
        half(&stage, ADA).await;
    }
    by_totp(&stage, &handle, &code(&stage, &ada.secret)).await.is(200);
}
