//! The content of the password column, and how a login treats it.

use auth::event::{EventKind, LoginFailure};
use auth::password::HashParams;
use auth::{AuthError, ClientInfo, PasswordHash};
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::legacy::{backwards, old_hash};
use auth_tests::{App, Call, UserRegistration};
use serde_json::json;

async fn stored(app: &App) -> String {
    app.db.text("SELECT password_hash FROM users").await
}

fn form(email: &str) -> UserRegistration {
    UserRegistration { email: email.to_owned(), display_name: "Ada".to_owned() }
}

#[tokio::test]
async fn pwd_10_weak_hash_is_renewed_only_by_right_password() {
    let app = App::new().await;
    let id = app.user("ada@example.org").await;
    let weak = stored(&app).await;
    let params = HashParams::new(19_456, 2, 1);
    let app = app.restarted(|builder| builder.passwords(quick_passwords().params(params))).await;
    app.login("ada@example.org", "wrong password").await.is(401);
    assert_eq!(stored(&app).await, weak, "a failed login changes nothing");
    app.events();

    let session = app.login("ada@example.org", PASSWORD).await.is(200);
    let renewed = stored(&app).await;
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "pwd_08: {renewed}");
    let rehashed = EventKind::PasswordRehashed { user: id.to_string() };
    assert_eq!(app.events().iter().filter(|event| **event == rehashed).count(), 1);
    app.get("/me", &session.access_token()).await.is(200);

    app.login("ada@example.org", PASSWORD).await.is(200);
    assert_eq!(stored(&app).await, renewed, "once is enough");
}

#[tokio::test]
async fn pwd_10_a_renewed_hash_ends_no_session() {
    let app = App::new().await;
    let (access, refresh) = {
        app.user("ada@example.org").await;
        app.tokens("ada@example.org").await
    };
    let app = app.restarted(|builder| builder.passwords(quick_passwords().params(HashParams::new(19_456, 2, 1)))).await;
    app.login("ada@example.org", PASSWORD).await.is(200);
    app.get("/me", &access).await.is(200);
    app.refresh(&refresh).await.is(200);
}

#[tokio::test]
async fn pwd_10_legacy_hash_signs_in_once_and_is_renewed() {
    let app = App::with(|builder| builder.passwords(quick_passwords().legacy(backwards))).await;
    app.auth.accounts().import(form("Ada@example.org"), Some(old_hash(PASSWORD))).await.unwrap();
    app.login("ada@example.org", "wrong password").await.is(401);
    assert!(stored(&app).await.starts_with("backwards:"));
    app.login("ada@example.org", PASSWORD).await.is(200);
    assert!(stored(&app).await.starts_with("$argon2id$"));
    let without_verifier = app.restarted(|builder| builder).await;
    without_verifier.login("ada@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn unreadable_hash_is_an_internal_error_and_event() {
    let app = App::new().await;
    let hashes = ["backwards:x", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$", "$2b$12$short", "plain text", "🦀"];
    for (number, hash) in hashes.into_iter().enumerate() {
        let email = format!("user{number}@example.org");
        let user = app.auth.accounts().import(form(&email), Some(PasswordHash::from_stored(hash))).await.unwrap();
        app.events();
        assert_eq!(app.login(&email, PASSWORD).await.is(500).code(), "internal", "{hash}");
        assert_eq!(app.events(), [EventKind::CorruptHash { user: user.id.to_string() }], "{hash}");
    }
}

/// Whatever a password is asked for: the account's owner can do nothing about it, and whoever runs the service can.
#[tokio::test]
async fn a_damaged_hash_is_reported_by_every_password_check() {
    let app = App::new().await;
    let access = app.register("ada@example.org").await.is(201).access_token();
    app.db.run("UPDATE users SET password_hash = '$2b$12$short'").await;
    let current = json!({ "current_password": PASSWORD, "new_password": "correct staple battery" });
    let checks = [
        Call::post("/auth/login").json(&json!({ "email": "ada@example.org", "password": PASSWORD })),
        Call::post("/auth/reauthenticate").bearer(&access).json(&json!({ "password": PASSWORD })),
        Call::post("/auth/password/change").bearer(&access).json(&current),
    ];
    for check in checks {
        app.events();
        assert_eq!(app.send(check).await.is(500).code(), "internal");
        assert_eq!(app.events(), [EventKind::CorruptHash { user: "1".to_owned() }]);
    }
}

/// The route asks for the row as well; the method is what other programs call.
#[tokio::test]
async fn a_disabled_account_changes_no_password() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    app.auth.accounts().disable(&1).await.unwrap();
    let changed = app
        .auth
        .change_password(&1, None, PASSWORD, "correct staple battery", &ClientInfo::default())
        .await
        .unwrap_err();
    assert!(matches!(changed, AuthError::InvalidToken), "{changed:?}");
}

#[tokio::test]
async fn pwd_12_a_stored_hash_cannot_ask_for_the_machines_memory() {
    let app = App::new().await;
    let hash = "$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHRzYWx0c2E$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    app.auth.accounts().import(form("ada@example.org"), Some(PasswordHash::from_stored(hash))).await.unwrap();
    app.login("ada@example.org", PASSWORD).await.is(500);
}

#[tokio::test]
async fn an_empty_hash_counts_as_none() {
    let app = App::new().await;
    app.auth.accounts().import(form("ada@example.org"), Some(PasswordHash::from_stored(""))).await.unwrap();
    app.events();
    app.login("ada@example.org", PASSWORD).await.is(401);
    app.login("ada@example.org", "").await.is(401);
    let refused = |reason| EventKind::LoginFailed { user: Some("1".to_owned()), reason };
    assert_eq!(app.events(), [refused(LoginFailure::NoPassword), refused(LoginFailure::NoPassword)]);
}

#[tokio::test]
async fn pwd_09_two_accounts_with_one_password_have_two_hashes() {
    let app = App::new().await;
    app.user("ada@example.org").await;
    app.user("eve@example.org").await;
    assert_eq!(app.db.count("SELECT count(DISTINCT password_hash) FROM users").await, 2);
}

#[tokio::test]
async fn a_locked_account_of_another_framework_has_no_password() {
    let app = App::new().await;
    let nobody = app.login("nobody@example.org", "a guess").await.is(401);
    for (number, hash) in ["!", "!fWzvQ0kFpSZLHyKDZ1Xx", "*", "!$2b$12$C6UzMDM"].into_iter().enumerate() {
        let email = format!("user{number}@example.org");
        app.auth.accounts().import(form(&email), Some(PasswordHash::from_stored(hash))).await.unwrap();
        app.events();
        let answer = app.login(&email, "a guess").await.is(401);
        assert_eq!(answer.text(), nobody.text(), "{hash}");
        assert!(
            matches!(app.events()[..], [EventKind::LoginFailed { reason: LoginFailure::NoPassword, .. }]),
            "{hash}"
        );
    }
}
