//! Whoever reads the database has no factor.

use auth_tests::Call;
use serde_json::json;

use super::{ADA, by_recovery_code, by_totp, code, enrolled, half, stage};

#[tokio::test]
async fn totp_01_the_database_holds_no_seed_and_no_code() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let shown = code(&stage, &ada.secret);
    by_totp(&stage, &half(&stage, ADA).await, &shown).await.is(200);
    by_recovery_code(&stage, &half(&stage, ADA).await, &ada.recovery_codes[0]).await.is(200);
    let mut secrets = vec![ada.secret.clone(), ada.secret.to_lowercase()];
    for written in &ada.recovery_codes {
        secrets.extend([written.clone(), written.replace('-', "")]);
    }
    let bytes = base32(&ada.secret);
    secrets.push(bytes.iter().map(|byte| format!("{byte:02X}")).collect());
    secrets.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    let dump = stage.place.dump().await;
    assert!(dump.contains("Reader:readers.factors"), "the record is read");
    for secret in &secrets {
        assert!(!dump.contains(secret.as_str()), "{secret}");
    }
    for event in stage.events() {
        let event = format!("{event:?}");
        assert!(secrets.iter().all(|secret| !event.contains(secret.as_str())), "{event}");
    }
    // The control: each of them is found where it is.
    stage.place.run("CREATE TABLE planted (it TEXT)").await;
    for secret in &secrets {
        sqlx::query("INSERT INTO planted VALUES ($1)").bind(secret).execute(&stage.place.pool).await.unwrap();
        assert!(stage.place.dump().await.contains(secret.as_str()));
    }
}

fn base32(text: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        (bits, count) = (bits << 5 | u32::try_from(value).unwrap(), count + 5);
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

#[tokio::test]
async fn a_copied_record_is_worthless_at_another_account() {
    let stage = stage().await;
    let eve = enrolled(&stage, super::EVE).await;
    let (access, _) = super::signed_up(&stage, ADA).await;
    // Eve writes her record over that of another account.
    stage
        .place
        .run(
            "INSERT INTO auth_records (kind, record_key, owner, value, version, expires_at, changed_at) SELECT kind, '2', '2', \
             value, version, expires_at, changed_at FROM auth_records WHERE kind = 'Reader:readers.factors'",
        )
        .await;
    let shown = stage.send(Call::get("/factors").bearer(&access)).await.is(200).json();
    assert_eq!(shown["totp"], json!(true), "the record is read");
    let handle = half(&stage, ADA).await;
    by_totp(&stage, &handle, &code(&stage, &eve.secret)).await.is(401);
    by_recovery_code(&stage, &handle, &eve.recovery_codes[0]).await.is(401);
}
