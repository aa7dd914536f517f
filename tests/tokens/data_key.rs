//! What must outlive the secret: locks, known addresses, and the names of counters across an upgrade.

use auth::{Limits, Secret};
use auth_tests::app::{Made, OTHER_SECRET, PASSWORD, SECRET};
use auth_tests::forge::{derived, encode, hmac};
use auth_tests::{App, Call};
use serde_json::json;

const ADA: &str = "ada@example.org";
const HOME: &str = "203.0.113.1";

fn secret(text: Made) -> Secret {
    Secret::new(text).unwrap()
}

async fn login(app: &App, ip: &str, password: &str) -> u16 {
    let body = json!({ "email": ADA, "password": password });
    app.send(Call::post("/auth/login").coming_from(ip).json(&body)).await.status.as_u16()
}

/// An account that is known at home, and locked for strangers.
async fn locked() -> App {
    let app = App::with(|builder| builder.limits(Limits::default())).await;
    let body = json!({ "email": ADA, "password": PASSWORD, "display_name": "Ada" });
    app.send(Call::post("/auth/register").coming_from(HOME).json(&body)).await.is(201);
    for number in 0..100 {
        assert_eq!(login(&app, &format!("198.51.100.{number}"), "wrong").await, 401);
        app.after(15);
    }
    app
}

async fn stays_locked(app: &App, when: &str) {
    assert_eq!(login(app, "192.0.2.7", PASSWORD).await, 429, "a stranger, {when}");
    assert_eq!(login(app, HOME, PASSWORD).await, 200, "the owner at home, {when}");
}

#[tokio::test]
async fn locks_and_known_addresses_survive_secret_rotation() {
    let app = locked().await;
    stays_locked(&app, "before").await;
    app.auth.rotate_secret(&secret(OTHER_SECRET), &[secret(SECRET)]).await.unwrap();
    stays_locked(&app, "rotated").await;
    app.auth.rotate_secret(&secret(OTHER_SECRET), &[]).await.unwrap();
    stays_locked(&app, "without the former secret").await;
    let limits = |builder: auth::AuthBuilder<auth_tests::User>| builder.limits(Limits::default());
    let restarted = app.restarted(|builder| limits(builder).secret(secret(OTHER_SECRET))).await;
    stays_locked(&restarted, "restarted").await;
    // And by restarts alone, back to the first secret.
    let back = |builder| limits(builder).secret(secret(SECRET));
    let listed = app.restarted(|builder| back(builder).former_secret(secret(OTHER_SECRET))).await;
    stays_locked(&listed, "rotated by a restart").await;
    stays_locked(&app.restarted(back).await, "restarted without the former secret").await;
}

/// The name of an account's counter as the release before derived it, from the secret.
fn name_before(email: &str) -> String {
    let key = derived(SECRET, "limits", "User:users");
    let part = |bytes: &[u8]| [&(bytes.len() as u64).to_be_bytes()[..], bytes].concat();
    let message = [b"account:".to_vec(), part(&0_u64.to_be_bytes()), part(email.as_bytes())].concat();
    encode(&hmac(&key, &message)[..16])
}

#[tokio::test]
async fn counters_keep_their_names_through_an_upgrade() {
    let fresh = App::with(|builder| builder.limits(Limits::default())).await;
    assert_eq!(login(&fresh, HOME, "wrong").await, 401);
    let count = "SELECT COUNT(*) FROM auth_records WHERE kind = 'User:users.limit'";
    assert!(fresh.db.count(count).await > 0);
    let named = async |app: &App, email: &str| {
        let sql = "SELECT COUNT(*) FROM auth_records WHERE kind = 'User:users.limit' AND record_key = $1";
        let found: i64 = sqlx::query_scalar(sql).bind(name_before(email)).fetch_one(&app.pool).await.unwrap();
        found
    };
    assert_eq!(named(&fresh, ADA).await, 0, "a fresh store names them by its data key");
    // A store as the release before left it: records, and no data key.
    fresh.db.run("DELETE FROM auth_records WHERE kind LIKE '%data-key' OR kind = 'auth.store'").await;
    let upgraded = fresh.restarted(|builder| builder.limits(Limits::default())).await;
    assert_eq!(login(&upgraded, HOME, "wrong").await, 401);
    assert_eq!(named(&upgraded, ADA).await, 1, "instances of both releases count together");
    // It is kept through rotations.
    upgraded.auth.rotate_secret(&secret(OTHER_SECRET), &[]).await.unwrap();
    let rotated = |builder: auth::AuthBuilder<auth_tests::User>| builder.limits(Limits::default());
    let rotated = upgraded.restarted(|builder| rotated(builder).secret(secret(OTHER_SECRET))).await;
    fresh.db.run("DELETE FROM auth_records WHERE kind = 'User:users.limit'").await;
    assert_eq!(login(&rotated, HOME, "wrong").await, 401);
    assert_eq!(named(&rotated, ADA).await, 1);
}

#[tokio::test]
async fn a_dump_of_the_store_holds_no_key() {
    let app = App::with(|builder| builder.limits(Limits::default())).await;
    let dump = app.db.dump().await;
    assert!(dump.contains("User:users.data-key"), "the record is there");
    for purpose in ["access-token", "limits", "news", "data-key"] {
        assert!(!dump.contains(&encode(derived(SECRET, purpose, "User:users"))), "{purpose}");
    }
    assert!(!dump.contains(&*SECRET));
}

#[tokio::test]
async fn a_rotation_that_cannot_be_stored_changes_nothing() {
    let faults = auth::testing::Faults::new();
    let app = App::with_faults(&faults).await;
    let token = app.register(ADA).await.is(201).access_token();
    for call in ["records.get", "records.replace"] {
        faults.next(call).fail();
        let refused = app.auth.rotate_secret(&secret(OTHER_SECRET), &[]).await.unwrap_err();
        assert_eq!(refused.code(), "unavailable");
        assert!(app.auth.verify(&token).is_ok(), "{call}");
    }
    // The answer was lost: the record is sealed for the new secret. Trying again completes it.
    faults.next("records.replace").lose_response();
    app.auth.rotate_secret(&secret(OTHER_SECRET), &[]).await.unwrap_err();
    assert!(app.auth.verify(&token).is_ok());
    app.auth.rotate_secret(&secret(OTHER_SECRET), &[]).await.unwrap();
    assert!(app.auth.verify(&token).is_err());
}

#[tokio::test]
async fn a_data_key_that_was_replaced_is_not_overwritten() {
    let app = App::new().await;
    app.db.run("DELETE FROM auth_records WHERE kind LIKE '%data-key'").await;
    let other = app.restarted(|builder| builder).await;
    let refused = app.auth.rotate_secret(&secret(OTHER_SECRET), &[]).await.unwrap_err();
    assert_eq!(refused.code(), "internal");
    other.auth.rotate_secret(&secret(OTHER_SECRET), &[]).await.unwrap();
}

#[tokio::test]
async fn b24_secrets_with_and_without_line_end_are_equal() {
    let app = App::with(|builder| builder.secret(Secret::new(format!("{SECRET}\r\n")).unwrap())).await;
    let beside = app.beside(|builder| builder).await;
    let token = app.register(ADA).await.is(201).access_token();
    beside.get("/claims", &token).await.is(200);
    // A token that a release before signed with the line end.
    let payload = serde_json::Value::Object(auth_tests::forge::claims_of(&token)).to_string();
    let whole = format!("{SECRET}\r\n");
    let kid = encode(&derived(&whole, "key-id", "User:users")[..8]);
    let header = format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt"}}"#);
    let old = auth_tests::forge::sign_with(&auth_tests::forge::signing_key(&whole, "User:users"), header, payload);
    app.get("/claims", &old).await.is(200);
    beside.get("/claims", &old).await.is(401);
}
