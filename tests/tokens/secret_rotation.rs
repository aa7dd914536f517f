//! Rotation of secrets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use auth::{Secret, SecretError};
use auth_tests::App;
use auth_tests::app::{Made, OTHER_SECRET, PASSWORD, SECRET};
use auth_tests::forge::{Victim, derived, header, sign_with, signing_key};

const NEXT: Made = OTHER_SECRET;

fn secret(text: impl AsRef<str>) -> Secret {
    Secret::new(text).unwrap()
}

#[tokio::test]
async fn key_06_former_secret_still_verifies_and_new_one_signs() {
    let victim = Victim::new().await;
    let app = &victim.app;
    app.auth.rotate_secret(&secret(NEXT), &[secret(SECRET)]).await.unwrap();
    assert!(victim.accepts(&victim.token).await);
    let next = app.login("ada@example.org", PASSWORD).await.is(200).access_token();
    assert_ne!(next.split('.').next(), victim.token.split('.').next());
    assert!(victim.accepts(&next).await);
    app.auth.rotate_secret(&secret(NEXT), &[]).await.unwrap();
    assert!(victim.accepts(&next).await);
    victim.refuses(&victim.token, "its secret is listed no more").await;
    // The header of one key with the signature of another.
    let payload = serde_json::to_string(&victim.claims).unwrap();
    app.auth.rotate_secret(&secret(NEXT), &[secret(SECRET)]).await.unwrap();
    victim.refuses(&sign_with(&signing_key(NEXT, "User:users"), header(), &payload), "crossed keys").await;
    app.refresh(&victim.refresh).await.is(200);
}

#[tokio::test]
async fn key_07_unlisted_secret_is_refused_at_once() {
    let victim = Victim::new().await;
    let listed = victim.app.restarted(|builder| builder.secret(secret(NEXT)).former_secret(secret(SECRET))).await;
    listed.get("/claims", &victim.token).await.is(200);
    listed.auth.rotate_secret(&secret(NEXT), &[]).await.unwrap();
    let unlisted = victim.app.restarted(|builder| builder.secret(secret(NEXT))).await;
    unlisted.get("/claims", &victim.token).await.is(401);
    unlisted.refresh(&victim.refresh).await.is(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_09_rotation_under_load_refuses_no_good_token() {
    let app = Arc::new(App::new().await);
    app.register("ada@example.org").await.is(201);
    let (one, two) = (secret(SECRET), secret(NEXT));
    let old = app.login("ada@example.org", PASSWORD).await.is(200).access_token();
    app.auth.rotate_secret(&two, std::slice::from_ref(&one)).await.unwrap();
    let new = app.login("ada@example.org", PASSWORD).await.is(200).access_token();
    let done = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let (app, done) = (Arc::clone(&app), Arc::clone(&done));
            let token = if task % 2 == 0 { old.clone() } else { new.clone() };
            tokio::spawn(async move {
                let mut asked = 0;
                while asked < 10 || (!done.load(Ordering::SeqCst) && asked < 2_000) {
                    app.get("/claims", &token).await.is(200);
                    asked += 1;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for turn in 0..200 {
        let (signer, former) = if turn % 2 == 0 { (&one, &two) } else { (&two, &one) };
        app.auth.rotate_secret(signer, std::slice::from_ref(former)).await.unwrap();
        tokio::task::yield_now().await;
    }
    done.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.unwrap();
    }
    app.auth.rotate_secret(&two, &[]).await.unwrap();
    app.get("/claims", &old).await.is(401);
    app.get("/claims", &new).await.is(200);
}

#[tokio::test]
async fn key_05_each_purpose_and_user_type_has_own_key() {
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    let mut seen = vec![SECRET.as_bytes().to_vec()];
    for purpose in ["access-token", "key-id"] {
        for realm in ["User:users", "User", "Staff:users", "User:staff", ""] {
            let key = derived(SECRET, purpose, realm);
            if (purpose, realm) != ("access-token", "User:users") {
                victim.refuses(&sign_with(&key, header(), &payload), purpose).await;
            }
            assert!(!seen.contains(&key));
            seen.push(key);
        }
    }
}

#[test]
fn key_01_a_secret_under_32_bytes_is_refused() {
    for text in ["", "x", &SECRET[1..], "base64:Zm9v", "hex:00ff", "base64:", "hex:"] {
        let error = Secret::new(text).unwrap_err();
        assert!(matches!(error, SecretError::TooShort { .. }), "{error}");
        assert!(error.to_string().contains("at least 32"), "{error}");
        assert!(text.len() < 8 || !error.to_string().contains(text), "the secret is not repeated");
    }
    assert!(matches!(Secret::new("hex:zz"), Err(SecretError::Encoding { .. })));
    assert!(matches!(Secret::new("hex:0"), Err(SecretError::Encoding { .. })));
    assert!(matches!(Secret::new("base64:!!!!"), Err(SecretError::Encoding { .. })));
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(Secret::new(format!("hex:{hex}")).unwrap().expose(), SECRET.as_bytes());
    assert!(Secret::from_bytes(Vec::new()).is_err());
}

#[test]
fn key_02_published_and_short_secrets_are_refused() {
    for text in [
        "a".repeat(64),
        "ab".repeat(32),
        "0".repeat(32),
        "12345671234567123456712345671234567".to_owned(),
        "your-256-bit-secret-is-in-here-somewhere".to_owned(),
        "CHANGEME-0123456789-abcdefghijklmnop".to_owned(),
        "my-super-secret-key-for-production-use".to_owned(),
        "Password1Password2Password3Password4".to_owned(),
    ] {
        assert!(matches!(Secret::new(&text), Err(SecretError::Guessable { .. })), "{text}");
    }
}

#[tokio::test]
async fn jwt_07_without_a_secret_nothing_starts() {
    let stores = (auth_tests::users::in_memory(), auth::store::MemoryRecords::new());
    let error = auth::Auth::<auth_tests::User>::builder(stores).build().await.unwrap_err().to_string();
    assert!(error.contains("no secret"), "{error}");
    let victim = Victim::new().await;
    let payload = serde_json::to_string(&victim.claims).unwrap();
    for key in [&b""[..], b"\0"] {
        victim.refuses(&sign_with(key, header(), &payload), "an empty key").await;
    }
}
