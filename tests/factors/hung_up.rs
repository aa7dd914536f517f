//! Clients that hang up in the middle of a change: whatever was changed is told to its user. A thief with a session would
//! otherwise leave an app behind that nobody knows of.

use auth::event::LetterKind;
use auth_tests::stage::{Reader, Stage};
use auth_tests::{Call, Database, HungUp, at_every_point, eventually, hang_up_after};
use serde_json::{Value, json};

use super::{ADA, Enrolled, amr, by_recovery_code, code, enrolled, half, signed_up, stage};

async fn is_told(stage: &Stage<Reader, Database>, kind: LetterKind) -> bool {
    stage.deliver().await;
    let told = stage.mailbox.all().iter().filter(|mail| mail.kind == kind).count();
    assert!(told < 2, "{kind:?} was mailed {told} times");
    told == 1
}

async fn factors(stage: &Stage<Reader, Database>, access: &str) -> Value {
    stage.send(Call::get("/factors").bearer(access)).await.is(200).json()
}

#[tokio::test]
async fn step_06_an_app_added_by_hanging_up_is_told() {
    at_every_point(async |polls| {
        let stage = stage().await;
        let (access, _) = signed_up(&stage, ADA).await;
        let secret = stage.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
        let confirm = stage.post_as(&access, "/factors/totp/confirm", json!({ "code": code(&stage, &secret) }));
        let answer = hang_up_after(polls, confirm).await;
        let is_added = factors(&stage, &access).await["totp"] == true;
        eventually("an app is told", async || !is_added || is_told(&stage, LetterKind::FactorAdded).await).await;
        HungUp::of(answer.is_some(), is_added)
    })
    .await;
}

#[tokio::test]
async fn step_06_an_app_removed_by_hanging_up_is_told() {
    at_every_point(async |polls| {
        let stage = stage().await;
        let Enrolled { access, refresh, .. } = enrolled(&stage, ADA).await;
        let answer = hang_up_after(polls, stage.send(Call::delete("/factors/totp").bearer(&access))).await;
        let is_removed = factors(&stage, &access).await["totp"] == false;
        eventually("it is told", async || !is_removed || is_told(&stage, LetterKind::FactorRemoved).await).await;
        // With the app, what the session has shown of it is gone: otherwise a password could not make it fresh again.
        let mut refresh = refresh;
        eventually("the session knows", async || {
            let tokens = stage.refresh(&refresh).await.is(200);
            refresh = tokens.refresh_token();
            !is_removed || !amr(&tokens.access_token()).contains(&"mfa".to_owned())
        })
        .await;
        HungUp::of(answer.is_some(), is_removed)
    })
    .await;
}

#[tokio::test]
async fn step_06_codes_generated_by_hanging_up_are_told() {
    at_every_point(async |polls| {
        let stage = stage().await;
        let ada = enrolled(&stage, ADA).await;
        let answer = hang_up_after(polls, stage.post_as(&ada.access, "/factors/recovery-codes", json!({}))).await;
        let former = by_recovery_code(&stage, &half(&stage, ADA).await, &ada.recovery_codes[0]).await;
        let are_new = former.status != 200;
        let kind = LetterKind::RecoveryCodesGenerated;
        eventually("new codes are told", async || !are_new || is_told(&stage, kind).await).await;
        HungUp::of(answer.is_some(), are_new)
    })
    .await;
}

#[tokio::test]
async fn step_06_a_code_used_by_hanging_up_is_told() {
    at_every_point(async |polls| {
        let stage = stage().await;
        let ada = enrolled(&stage, ADA).await;
        let handle = half(&stage, ADA).await;
        let answer = hang_up_after(polls, by_recovery_code(&stage, &handle, &ada.recovery_codes[0])).await;
        let is_used = factors(&stage, &ada.access).await["recovery_codes_left"] == 9;
        eventually("a code is told", async || !is_used || is_told(&stage, LetterKind::RecoveryCodeUsed).await).await;
        HungUp::of(answer.is_some(), is_used)
    })
    .await;
}
