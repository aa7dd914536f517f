//! How often keys are presented.

use auth::store::sql::SqlBackend;
use auth::testing::Faults;
use auth::{Auth, AuthError, ClientInfo, Limits};
use auth_tests::Database;
use auth_tests::clerk::{CLERKS, Clerk};
use auth_tests::stage::Stage;

use super::{ADA, key, reader, with_keys};

async fn limited() -> (Stage<Clerk, Database>, Faults) {
    let (faults, db) = (Faults::new(), Database::with(CLERKS[0]).await);
    let builder = Auth::<Clerk>::builder(faults.wrap(SqlBackend::new(db.pool.clone())));
    let setup = |builder| with_keys(builder).limits(Limits::default().in_memory());
    (Stage::over(db, builder, setup).await, faults)
}

fn from(address: &str) -> ClientInfo {
    ClientInfo::new(Some(address.parse().unwrap()), None)
}

/// A well-formed text that is no key.
fn unknown(n: usize) -> String {
    let random = format!("{n:043}");
    format!("shop_pat_{random}{}", sum(&random))
}

/// The published checksum, written once more.
fn sum(random: &str) -> String {
    let mut crc = u32::MAX;
    for byte in random.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
        }
    }
    let (mut rest, mut text) = (!crc, String::new());
    for _ in 0..6 {
        let digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        text.insert(0, char::from(digits.as_bytes()[(rest % 62) as usize]));
        rest /= 62;
    }
    text
}

#[tokio::test]
async fn ak_11_a_wrong_checksum_costs_no_query() {
    let (stage, faults) = limited().await;
    let ada = reader(&stage, ADA).await;
    let (text, _) = key(&stage, &ada.access).await;
    drop(faults.take_calls());
    let mut typo = text.clone();
    let last = if typo.pop() == Some('a') { 'b' } else { 'a' };
    typo.push(last);
    for wrong in [typo, text[..57].to_owned(), format!("{text}a"), "shop_pat_".to_owned(), text.replace("pat", "pet")] {
        for _ in 0..100 {
            let refused = stage.auth.authenticate_api_key(&wrong, &from("192.0.2.1")).await;
            assert!(matches!(refused, Err(AuthError::InvalidToken)), "{wrong}: {refused:?}");
        }
    }
    assert_eq!(faults.take_calls(), <[&str; 0]>::default());
    // The control: a good checksum is asked for.
    assert!(stage.auth.authenticate_api_key(&unknown(1), &from("192.0.2.1")).await.is_err());
    assert_eq!(faults.take_calls(), ["records.get"]);
}

#[tokio::test]
async fn ak_06_and_ak_11_a_key_is_used_600_times_a_minute() {
    let (stage, _) = limited().await;
    let ada = reader(&stage, ADA).await;
    let ((text, _), (other, _)) = (key(&stage, &ada.access).await, key(&stage, &ada.access).await);
    // From wherever.
    for n in 0..600 {
        let client = from(&format!("198.51.100.{}", n % 200));
        stage.auth.authenticate_api_key(&text, &client).await.unwrap();
    }
    let refused = stage.auth.authenticate_api_key(&text, &from("192.0.2.1")).await.unwrap_err();
    assert_eq!(refused.status(), 429, "not 401: a script would throw the key away");
    let wait = refused.retry_after().unwrap();
    assert!(wait.as_millis() <= 100, "{wait:?}");
    stage.auth.authenticate_api_key(&other, &from("192.0.2.1")).await.unwrap();
    stage.clock.advance(wait);
    stage.auth.authenticate_api_key(&text, &from("192.0.2.1")).await.unwrap();
    assert!(stage.events().iter().any(|event| event.name() == "limited" && event.reason() == Some("key")));
}

#[tokio::test]
async fn ak_11_unknown_keys_are_tried_30_times_a_minute() {
    let (stage, faults) = limited().await;
    let ada = reader(&stage, ADA).await;
    let (text, _) = key(&stage, &ada.access).await;
    // Known keys count nothing against their network, however many are looked up.
    for _ in 0..40 {
        stage.auth.authenticate_api_key(&text, &from("192.0.2.1")).await.unwrap();
        stage.auth.accounts().row_changed(&ada.id).await.unwrap();
    }
    for n in 0..30 {
        let refused = stage.auth.authenticate_api_key(&unknown(n), &from("192.0.2.1")).await.unwrap_err();
        assert_eq!(refused.status(), 401, "{n}");
    }
    drop(faults.take_calls());
    let refused = stage.auth.authenticate_api_key(&unknown(31), &from("192.0.2.1")).await.unwrap_err();
    assert!(refused.status() == 429 && refused.retry_after().is_some(), "{refused:?}");
    assert_eq!(faults.take_calls(), <[&str; 0]>::default(), "and nothing is asked any more");
    let refused = stage.auth.authenticate_api_key(&unknown(32), &from("192.0.2.2")).await.unwrap_err();
    assert_eq!(refused.status(), 401, "another network");
    // A failure of the store says nothing about the key.
    for n in 0..40 {
        faults.next("records.get").fail();
        let failed = stage.auth.authenticate_api_key(&unknown(n), &from("192.0.2.3")).await.unwrap_err();
        assert_eq!(failed.status(), 503, "{n}");
    }
}
