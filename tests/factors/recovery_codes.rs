//! Recovery codes, in place of the app.

use auth::event::EventKind;
use auth::mail::LetterKind;
use auth_tests::Call;
use serde_json::json;

use super::{ADA, amr, by_recovery_code, by_totp, code, enrolled, half, stage};

#[tokio::test]
async fn rc_03_a_used_code_is_dead_the_rest_counted() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    for (used, written) in ada.recovery_codes.iter().enumerate() {
        let tokens = by_recovery_code(&stage, &half(&stage, ADA).await, &written.to_uppercase()).await.is(200);
        assert_eq!(amr(&tokens.access_token()), ["pwd", "mfa", "recovery"]);
        let shown = stage.send(Call::get("/factors").bearer(&tokens.access_token())).await.is(200).json();
        assert_eq!(shown, json!({ "second_step": true, "totp": true, "recovery_codes_left": 9 - used }));
        let handle = half(&stage, ADA).await;
        assert_eq!(by_recovery_code(&stage, &handle, written).await.is(401).code(), "invalid_code");
    }
    by_totp(&stage, &half(&stage, ADA).await, &code(&stage, &ada.secret)).await.is(200);
}

#[tokio::test]
async fn rc_03_new_codes_make_the_former_ones_void() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    by_recovery_code(&stage, &half(&stage, ADA).await, &ada.recovery_codes[0]).await.is(200);
    let made = stage.post_as(&ada.access, "/factors/recovery-codes", json!({})).await.is(200).json();
    let made: Vec<&str> =
        made["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(made.len(), 10);
    let handle = half(&stage, ADA).await;
    for old in &ada.recovery_codes[..3] {
        assert!(!made.contains(&old.as_str()));
        assert_eq!(by_recovery_code(&stage, &handle, old).await.is(401).code(), "invalid_code");
    }
    by_recovery_code(&stage, &handle, made[0]).await.is(200);
}

#[tokio::test]
async fn rc_03_whoever_uses_a_code_is_told() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    by_recovery_code(&stage, &half(&stage, ADA).await, &ada.recovery_codes[0]).await.is(200);
    for _ in 0..1_000 {
        stage.deliver().await;
        if stage.mailbox.all().iter().any(|mail| mail.kind == LetterKind::RecoveryCodeUsed) {
            break;
        }
        tokio::task::yield_now().await;
    }
    let mail = stage.mailbox.last(LetterKind::RecoveryCodeUsed, ADA);
    assert!(mail.text.contains("Codes left: 9"), "{}", mail.text);
    let used = EventKind::RecoveryCodeUsed { user: "1".to_owned(), left: 9 };
    assert!(stage.events().contains(&used));
}

#[tokio::test]
async fn without_a_factor_there_are_no_recovery_codes() {
    let stage = stage().await;
    let (access, _) = super::signed_up(&stage, ADA).await;
    let refused = stage.post_as(&access, "/factors/recovery-codes", json!({})).await.is(403);
    assert_eq!(refused.code(), "totp_not_set_up");
}
