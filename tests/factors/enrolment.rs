//! Setting up an authenticator app, and removing it.

use auth::mail::LetterKind;
use auth_tests::Call;
use auth_tests::app::PASSWORD;
use serde_json::json;

use super::{ADA, EVE, amr, by_totp, code, enrolled, half, signed_up, stage};

#[tokio::test]
async fn totp_08_what_was_not_confirmed_neither_counts_nor_blocks() {
    let stage = stage().await;
    let (access, _) = signed_up(&stage, ADA).await;
    let first = stage.post_as(&access, "/factors/totp", json!({})).await.is(200);
    assert_eq!(first.field("secret").len(), 32, "160 bits");
    stage.after(60);
    // A page that is loaded again shows the same picture.
    let again = stage.post_as(&access, "/factors/totp", json!({})).await.is(200);
    assert_eq!((first.field("secret"), first.field("uri")), (again.field("secret"), again.field("uri")));
    assert_eq!(again.json()["expires_in"], 540);
    let tokens = stage.login(ADA, PASSWORD).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd"]);
    let shown = stage.send(Call::get("/factors").bearer(&access)).await.is(200).json();
    assert_eq!(shown, json!({ "second_step": false, "totp": false, "recovery_codes_left": 0 }));
    // After ten minutes it is another one.
    stage.after(540);
    let access = stage.login(ADA, PASSWORD).await.is(200).access_token();
    let late = json!({ "code": code(&stage, &first.field("secret")) });
    let refused = stage.post_as(&access, "/factors/totp/confirm", late).await.is(422);
    assert_eq!(refused.broken(), [("code".to_owned(), "wrong".to_owned())]);
    let other = stage.post_as(&access, "/factors/totp", json!({})).await.is(200);
    assert_ne!(first.field("secret"), other.field("secret"));
}

#[tokio::test]
async fn totp_08_an_app_is_added_with_a_recent_login_only() {
    let stage = stage().await;
    let (access, _) = signed_up(&stage, ADA).await;
    stage.after(301);
    for path in ["/factors/totp", "/factors/totp/confirm", "/factors/recovery-codes"] {
        assert_eq!(stage.post_as(&access, path, json!({ "code": "000000" })).await.is(401).code(), "step_up_required");
    }
    let remove = stage.send(Call::delete("/factors/totp").bearer(&access)).await.is(401);
    assert_eq!(remove.code(), "step_up_required");
    assert_eq!(stage.post("/factors/totp", json!({})).await.is(401).code(), "not_signed_in");
}

#[tokio::test]
async fn step_08_a_new_factor_ends_the_other_sessions() {
    let stage = stage().await;
    signed_up(&stage, ADA).await;
    let other = stage.login(ADA, PASSWORD).await.is(200);
    let access = stage.login(ADA, PASSWORD).await.is(200);
    let (refresh, access) = (access.refresh_token(), access.access_token());
    let secret = stage.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
    for wrong in ["", "000000", "1234567", "an app"] {
        let answer = stage.post_as(&access, "/factors/totp/confirm", json!({ "code": wrong })).await.is(422);
        assert_eq!(answer.broken(), [("code".to_owned(), "wrong".to_owned())]);
    }
    stage.me(&other.access_token()).await.is(200);
    let confirm = json!({ "code": code(&stage, &secret) });
    let codes = stage.post_as(&access, "/factors/totp/confirm", confirm.clone()).await.is(200).json();
    assert_eq!(codes["recovery_codes"].as_array().unwrap().len(), 10);
    stage.me(&other.access_token()).await.is(401);
    stage.refresh(&other.refresh_token()).await.is(401);
    // This one has shown both.
    let tokens = stage.refresh(&refresh).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd", "otp", "mfa"]);
    // What this session had before says nothing of a second factor.
    let again = stage.post_as(&access, "/factors/totp", json!({})).await.is(403);
    assert_eq!(again.code(), "totp_already_set_up");
    let again = stage.post_as(&tokens.access_token(), "/factors/totp/confirm", confirm).await.is(422);
    assert_eq!(again.broken(), [("code".to_owned(), "wrong".to_owned())]);
}

#[tokio::test]
async fn step_02_new_phone_replaces_app_by_recovery_code() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    let half = stage.login(ADA, PASSWORD).await.is(401).field("sign_in");
    let paper = json!({ "sign_in": half, "code": ada.recovery_codes[0] });
    let access = stage.post("/sign-in/recovery-code", paper).await.is(200).access_token();
    let secret = stage.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
    assert_ne!(secret, ada.secret);
    // The former phone works until the new one is confirmed.
    stage.after(30);
    let half = stage.login(ADA, PASSWORD).await.is(401).field("sign_in");
    by_totp(&stage, &half, &code(&stage, &ada.secret)).await.is(200);
    let confirm = json!({ "code": code(&stage, &secret) });
    let codes = stage.post_as(&access, "/factors/totp/confirm", confirm).await.is(200).json();
    assert_eq!(codes["recovery_codes"].as_array().unwrap().len(), 10);
    stage.after(30);
    let half = stage.login(ADA, PASSWORD).await.is(401).field("sign_in");
    by_totp(&stage, &half, &code(&stage, &ada.secret)).await.is(401);
    let former = json!({ "sign_in": half, "code": ada.recovery_codes[1] });
    stage.post("/sign-in/recovery-code", former).await.is(401);
    by_totp(&stage, &half, &code(&stage, &secret)).await.is(200);
}

#[tokio::test]
async fn step_02_one_factor_alone_changes_no_factor() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    // Hours later, the password alone makes nothing fresh.
    stage.after(800);
    let access = stage.refresh(&ada.refresh).await.is(200).access_token();
    let half = stage.post_as(&access, "/reauthenticate", json!({ "password": PASSWORD })).await.is(401);
    assert_eq!(half.code(), "factor_required");
    let remove = || stage.send(Call::delete("/factors/totp").bearer(&access));
    assert_eq!(remove().await.is(401).code(), "step_up_required");
    let fresh = by_totp(&stage, &half.field("sign_in"), &code(&stage, &ada.secret)).await.is(200).access_token();
    stage.send(Call::delete("/factors/totp").bearer(&fresh)).await.is(204);
    stage.login(ADA, PASSWORD).await.is(200);
    // There is none any more.
    stage.send(Call::delete("/factors/totp").bearer(&fresh)).await.is(204);
}

#[tokio::test]
async fn step_06_every_change_of_factors_is_told() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    stage.deliver().await;
    assert_eq!(stage.mailbox.last_to(ADA).kind, LetterKind::FactorAdded);
    stage.post_as(&ada.access, "/factors/recovery-codes", json!({})).await.is(200);
    stage.deliver().await;
    assert_eq!(stage.mailbox.last_to(ADA).kind, LetterKind::RecoveryCodesGenerated);
    stage.send(Call::delete("/factors/totp").bearer(&ada.access)).await.is(204);
    stage.deliver().await;
    assert_eq!(stage.mailbox.last_to(ADA).kind, LetterKind::FactorRemoved);
    let names: Vec<&str> = stage.events().iter().map(auth::event::EventKind::name).collect();
    for name in ["factor_added", "recovery_codes_generated", "factor_removed"] {
        assert_eq!(names.iter().filter(|known| **known == name).count(), 1, "{name}: {names:?}");
    }
}

#[tokio::test]
async fn an_operator_removes_factors_and_ends_every_session() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    stage.auth.accounts().reset_factors(&1).await.unwrap();
    stage.refresh(&ada.refresh).await.is(401);
    let tokens = stage.login(ADA, PASSWORD).await.is(200);
    assert_eq!(amr(&tokens.access_token()), ["pwd"]);
    stage.deliver().await;
    let _told = stage.mailbox.last(LetterKind::FactorRemoved, ADA);
    assert!(matches!(stage.auth.accounts().reset_factors(&7).await, Err(auth::AuthError::NotFound)));
}

#[tokio::test]
async fn db_14_the_next_account_inherits_no_factor() {
    let stage = stage().await;
    enrolled(&stage, ADA).await;
    assert!(stage.place.dump().await.contains("Reader:readers.factors"));
    stage.auth.accounts().delete(&1).await.unwrap();
    assert!(!stage.place.dump().await.contains("Reader:readers.factors"));
    enrolled(&stage, EVE).await;
    // Directly, and with the same id for the next one.
    stage.place.run("DELETE FROM readers; DELETE FROM sqlite_sequence; INSERT INTO readers (id, email, password_hash) VALUES (1, 'x@example.org', '!')").await;
    stage.place.run("DELETE FROM readers; DELETE FROM sqlite_sequence").await;
    stage.sign_up(ADA).await.is(201);
    stage.login(ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn an_unconfirmed_address_gets_no_factor() {
    let stage = stage().await;
    let access = stage.sign_up(ADA).await.is(201).access_token();
    assert_eq!(stage.post_as(&access, "/factors/totp", json!({})).await.is(403).code(), "address_not_verified");
}

#[tokio::test]
async fn totp_11_apps_read_uri_and_picture() {
    let stage = stage().await;
    let (access, _) = signed_up(&stage, ADA).await;
    let begun = stage.post_as(&access, "/factors/totp", json!({})).await.is(200);
    let (secret, uri, svg) = (begun.field("secret"), begun.field("uri"), begun.field("qr_svg"));
    let expected = format!(
        "otpauth://totp/Example%20Shop:ada%40example.org?secret={secret}&issuer=Example%20Shop&algorithm=SHA1&digits=6&period=30"
    );
    assert_eq!(uri, expected);
    assert!(svg.contains("<svg") && !svg.contains("<script") && svg.len() < 64 << 10, "{}", svg.len());
    assert_eq!(begun.header("cache-control"), Some("no-store"));
    let handle = half_after(&stage, &access, &secret).await;
    by_totp(&stage, &handle, &code(&stage, &secret)).await.is(200);
}

async fn half_after(
    stage: &auth_tests::stage::Stage<auth_tests::stage::Reader, auth_tests::Database>,
    access: &str,
    secret: &str,
) -> String {
    let confirm = json!({ "code": code(stage, secret) });
    stage.post_as(access, "/factors/totp/confirm", confirm).await.is(200);
    stage.after(30);
    half(stage, ADA).await
}

#[tokio::test]
async fn a_session_confirms_only_its_own_app() {
    let stage = stage().await;
    let (mine, _) = signed_up(&stage, ADA).await;
    let theirs = stage.login(ADA, PASSWORD).await.is(200).access_token();
    let planted = stage.post_as(&theirs, "/factors/totp", json!({})).await.is(200).field("secret");
    let secret = stage.post_as(&mine, "/factors/totp", json!({})).await.is(200).field("secret");
    assert_ne!(planted, secret);
    for (access, secret) in [(&mine, &planted), (&theirs, &planted), (&theirs, &secret)] {
        let confirm = json!({ "code": code(&stage, secret) });
        stage.post_as(access, "/factors/totp/confirm", confirm).await.is(422);
    }
    let confirm = json!({ "code": code(&stage, &secret) });
    stage.post_as(&mine, "/factors/totp/confirm", confirm).await.is(200);
}

/// A guard may have let a request in, whose body comes after the owner has signed out everywhere.
#[tokio::test]
async fn step_02_an_ended_session_changes_no_factor() {
    let stage = stage().await;
    let (access, _) = signed_up(&stage, ADA).await;
    let secret = stage.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
    let late = stage.auth.authenticate(&access).await.unwrap();
    stage.auth.accounts().end_sessions(&1).await.unwrap();
    let owner = stage.login(ADA, PASSWORD).await.is(200);
    let client = auth::ClientInfo::default();
    let refused = |error: Option<auth::AuthError>| assert!(matches!(error, Some(auth::AuthError::InvalidToken)));
    refused(stage.auth.begin_totp(&late).await.err());
    refused(stage.auth.confirm_totp(&late, &code(&stage, &secret), &client).await.err());
    stage.me(&owner.access_token()).await.is(200);
    let now = stage.auth.authenticate(&owner.access_token()).await.unwrap();
    let secret = stage.auth.begin_totp(&now).await.unwrap().secret;
    stage.auth.confirm_totp(&now, &code(&stage, &secret), &client).await.unwrap();
    refused(stage.auth.regenerate_recovery_codes(&late, &client).await.err());
    refused(stage.auth.remove_totp(&late, &client).await.err());
    assert!(stage.auth.factors(&now).await.unwrap().totp);
    assert!(stage.refresh(&owner.refresh_token()).await.is(200).status == 200);
}

#[tokio::test]
async fn without_the_app_a_password_makes_fresh_again() {
    let stage = stage().await;
    let ada = enrolled(&stage, ADA).await;
    stage.send(Call::delete("/factors/totp").bearer(&ada.access)).await.is(204);
    let access = stage.refresh(&ada.refresh).await.is(200).access_token();
    assert_eq!(amr(&access), ["pwd"]);
    stage.post_as(&access, "/reauthenticate", json!({ "password": PASSWORD })).await.is(200);
}

#[tokio::test]
async fn a_mailer_needs_to_know_which_address_is_confirmed() {
    let mailbox = auth::testing::Mailbox::new();
    let stores = (auth_tests::users::in_memory(), auth::store::MemoryRecords::new());
    let builder = auth::Auth::<auth_tests::User>::builder(stores).secret(auth::Secret::generate().unwrap());
    let built = builder.base_url("https://app.example").mailer(mailbox).totp("Shop").build().await;
    let problems = built.unwrap_err().to_string();
    assert!(problems.contains("`totp` with a mailer needs to know which addresses are confirmed"), "{problems}");
}

#[tokio::test]
async fn factors_no_longer_asked_for_can_be_removed() {
    let stage = stage().await;
    enrolled(&stage, ADA).await;
    let other = auth_tests::stage::Stage::<auth_tests::stage::Reader, _>::new(stage.place.clone()).await;
    other.auth.accounts().reset_factors(&1).await.unwrap();
    stage.login(ADA, PASSWORD).await.is(200);
    // There was none: nobody is told.
    stage.deliver().await;
    let before = stage.mailbox.all().len();
    stage.auth.accounts().reset_factors(&1).await.unwrap();
    stage.deliver().await;
    assert_eq!(stage.mailbox.all().len(), before);
}
