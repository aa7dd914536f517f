//! Authenticator apps that another system has set up.

use auth::event::EventKind;
use auth::mail::LetterKind;
use auth::{Secret, TotpSecret};
use auth_tests::Call;
use serde_json::json;

use super::{ADA, EVE, amr, by_recovery_code, by_totp, code, half, signed_up, stage};

/// Ten bytes, as many services have handed out.
const SHORT: &str = "JBSWY3DPEHPK3PXP";
/// 32 bytes.
const LONG: &str = "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ";

fn secret(text: &str) -> TotpSecret {
    TotpSecret::from_base32(text).unwrap()
}

#[tokio::test]
async fn totp_15_imported_apps_survive_every_rotation_of_the_secret() {
    for text in [SHORT, LONG] {
        let stage = stage().await;
        signed_up(&stage, ADA).await;
        assert!(stage.auth.accounts().import_totp(&1, &secret(text)).await.unwrap());
        for _ in 0..2 {
            stage.auth.rotate_secret(&Secret::generate().unwrap(), &[]).await.unwrap();
        }
        let handle = half(&stage, ADA).await;
        assert_eq!(by_totp(&stage, &handle, "000000").await.is(401).code(), "invalid_code");
        let shown = code(&stage, text);
        let tokens = by_totp(&stage, &handle, &shown).await.is(200);
        assert_eq!(amr(&tokens.access_token()), ["pwd", "otp", "mfa"]);
        let handle = half(&stage, ADA).await;
        assert_eq!(by_totp(&stage, &handle, &shown).await.is(401).code(), "invalid_code", "it is used up");
        stage.after(30);
        by_totp(&stage, &handle, &code(&stage, text)).await.is(200);
    }
}

#[tokio::test]
async fn totp_01_the_database_holds_no_imported_seed() {
    let stage = stage().await;
    signed_up(&stage, ADA).await;
    let seed = b"a seed of twenty b.y";
    stage.auth.accounts().import_totp(&1, &TotpSecret::from_bytes(seed).unwrap()).await.unwrap();
    let dump = stage.place.dump().await;
    assert!(dump.contains("Reader:readers.factors"), "the record is read");
    let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    for text in ["a seed of twenty", &hex, "YSBzZWVkIG9mIHR3ZW50", "MEQHGZLFMQQG6ZRAOR3W"] {
        assert!(!dump.contains(text), "{text}");
    }
}

#[tokio::test]
async fn sign_03_a_copied_imported_seed_has_no_right_code() {
    let stage = stage().await;
    signed_up(&stage, ADA).await;
    signed_up(&stage, EVE).await;
    stage.auth.accounts().import_totp(&1, &secret(SHORT)).await.unwrap();
    let copy = "INSERT INTO auth_records (kind, record_key, owner, value, version, expires_at, changed_at) SELECT kind, '2', \
                '2', value, version, expires_at, changed_at FROM auth_records WHERE kind = 'Reader:readers.factors'";
    stage.place.run(copy).await;
    let handle = half(&stage, EVE).await;
    assert_eq!(by_totp(&stage, &handle, &code(&stage, SHORT)).await.is(401).code(), "invalid_code");
    by_totp(&stage, &half(&stage, ADA).await, &code(&stage, SHORT)).await.is(200);
}

#[tokio::test]
async fn an_import_takes_the_place_of_no_app() {
    let stage = stage().await;
    let (access, _) = signed_up(&stage, ADA).await;
    let (own, _) = super::enrol(&stage, &access).await;
    assert!(!stage.auth.accounts().import_totp(&1, &secret(SHORT)).await.unwrap());
    stage.after(30);
    let handle = half(&stage, ADA).await;
    assert_eq!(by_totp(&stage, &handle, &code(&stage, SHORT)).await.is(401).code(), "invalid_code");
    by_totp(&stage, &handle, &code(&stage, &own)).await.is(200);
    assert!(stage.auth.accounts().import_totp(&2, &secret(SHORT)).await.is_err(), "there is no such account");
}

/// Its user makes recovery codes, replaces it on a new phone, and removes it, as any other.
#[tokio::test]
async fn an_imported_app_is_one_like_any_other() {
    let stage = stage().await;
    signed_up(&stage, ADA).await;
    stage.auth.accounts().import_totp(&1, &secret(SHORT)).await.unwrap();
    assert!(stage.events().contains(&EventKind::FactorAdded { user: "1".to_owned() }));
    stage.deliver().await;
    assert!(stage.mailbox.all().iter().all(|mail| mail.kind != LetterKind::FactorAdded), "nobody is mailed");
    let tokens = by_totp(&stage, &half(&stage, ADA).await, &code(&stage, SHORT)).await.is(200);
    let access = tokens.access_token();
    let codes = stage.post_as(&access, "/factors/recovery-codes", json!({})).await.is(200).json();
    let first = codes["recovery_codes"][0].as_str().unwrap().to_owned();
    by_recovery_code(&stage, &half(&stage, ADA).await, &first).await.is(200);
    let (own, _) = super::enrol(&stage, &access).await;
    stage.after(30);
    let handle = half(&stage, ADA).await;
    by_totp(&stage, &handle, &code(&stage, SHORT)).await.is(401);
    let tokens = by_totp(&stage, &handle, &code(&stage, &own)).await.is(200);
    stage.send(Call::delete("/factors/totp").bearer(&tokens.access_token())).await.is(204);
    stage.login(ADA, auth_tests::app::PASSWORD).await.is(200);
    assert!(stage.auth.accounts().import_totp(&1, &secret(SHORT)).await.unwrap(), "it can be imported again");
    half(&stage, ADA).await;
}
