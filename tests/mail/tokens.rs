//! What is no good link, code or handle: other kinds of tokens, other users, other methods, other keys.

use auth::testing::Mailbox;
use auth::{Auth, AuthError, ClientInfo, ResetEvidence, Secret};
use auth_tests::Call;
use auth_tests::app::{OTHER_SECRET, PASSWORD, SECRET, quick_passwords};
use auth_tests::documented::Staff;
use axum::http::Method;
use serde_json::json;

use crate::{ADA, EVE, NEW, Post};

#[tokio::test]
async fn mail_01_and_otk_11_no_scanner_uses_a_link() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    let (_, mail) = post.asked(ADA).await;
    let token = mail.token();
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE] {
        for path in ["/auth/password/reset".to_owned(), format!("/auth/password/reset?t={token}&token={token}")] {
            post.app.send(Call::new(method.clone(), &path)).await.is(405);
        }
    }
    // Scanners that press buttons have no new password to send.
    post.app.send(Call::post("/auth/password/reset").json(&json!({ "token": token }))).await.is(422);
    let form = format!("token={token}&new_password={NEW}");
    let call = Call::post("/auth/password/reset").text("application/x-www-form-urlencoded", form);
    post.app.send(call).await.is(415);
    post.by_link(&token, NEW).await.is(204);
}

#[tokio::test]
async fn sign_06_no_other_token_is_a_link_or_handle() {
    let post = Post::new().await;
    let signed_up = post.app.register(ADA).await.is(201);
    let (sign_in, mail) = post.asked(ADA).await;
    let token = mail.token();
    let id: String = post.app.db.text("SELECT record_key FROM auth_records WHERE kind LIKE '%mail_token'").await;
    let outbox = "A".repeat(64);
    let changed = format!("{}{}", &token[..63], if token.ends_with('A') { 'B' } else { 'A' });
    let swapped = format!("{}{}", &sign_in[..22], &token[22..]);
    let strange = [
        signed_up.access_token(),
        signed_up.refresh_token(),
        id,
        outbox,
        changed,
        format!("{token}="),
        format!(" {token}"),
        token[..63].to_owned(),
        token.to_lowercase(),
        "\u{e9}".repeat(32),
        "x".repeat(7_000),
        String::new(),
        mail.code(),
        SECRET.to_string(),
    ];
    for text in strange.iter().chain([&sign_in, &mail.link()]) {
        assert_eq!(post.by_link(text, NEW).await.is(400).code(), "invalid_link", "{text:.80}");
    }
    for text in strange.iter().chain([&token]).filter(|text| **text != swapped) {
        let refused = post.by_code(text, &mail.code(), NEW).await.is(401);
        assert_eq!(refused.code(), "sign_in_expired", "{text:.80}");
    }
    // And the other way round: what was mailed opens nothing else.
    for text in [&token, &sign_in] {
        post.app.get("/claims", text).await.is(401);
        post.app.refresh(text).await.is(401);
        post.app.login(ADA, text).await.is(401);
    }
    assert!(post.link_works(&token).await);
    post.by_code(&sign_in, &mail.code(), NEW).await.is(204);
}

#[tokio::test]
async fn a_reset_takes_one_kind_of_evidence() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    let (sign_in, mail) = post.asked(ADA).await;
    for (body, field) in [
        (json!({ "new_password": NEW }), "token"),
        (json!({ "token": mail.token(), "sign_in": sign_in, "code": mail.code(), "new_password": NEW }), "token"),
        (json!({ "sign_in": sign_in, "new_password": NEW }), "code"),
        (json!({ "code": mail.code(), "new_password": NEW }), "sign_in"),
        (json!({ "token": [mail.token()], "new_password": NEW }), "token"),
        (json!({ "token": mail.token(), "new_password": null }), "new_password"),
        (json!({ "token": mail.token(), "new_password": NEW, "user": 2 }), "user"),
    ] {
        let refused = post.app.send(Call::post("/auth/password/reset").json(&body)).await.is(422);
        assert!(refused.broken().iter().any(|(broken, _)| broken == field), "{body}: {}", refused.text());
    }
    assert!(post.link_works(&mail.token()).await);
}

#[tokio::test]
async fn sign_03_a_code_of_another_user_is_wrong() {
    let post = Post::new().await;
    for email in [ADA, EVE] {
        post.app.register(email).await.is(201);
    }
    let (of_ada, _) = post.asked(ADA).await;
    let (of_eve, mail) = post.asked(EVE).await;
    assert_eq!(post.by_code(&of_ada, &mail.code(), NEW).await.is(401).code(), "invalid_code");
    post.by_code(&of_eve, &mail.code(), NEW).await.is(204);
    post.app.login(ADA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn a_link_of_another_user_type_is_none() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    post.app
        .db
        .run(
            "CREATE TABLE staff (id BLOB PRIMARY KEY, email TEXT NOT NULL UNIQUE, badge TEXT UNIQUE, password_hash TEXT \
             NOT NULL, hired_at TEXT NOT NULL DEFAULT '2026-01-01T00:00:00Z')",
        )
        .await;
    let mailbox = Mailbox::new();
    let staff = Auth::<Staff>::builder(post.app.db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    let staff = staff.passwords(quick_passwords()).clock(post.app.clock.clone()).base_url("https://staff.example");
    let staff = staff.mailer(mailbox.clone()).mail_interval(std::time::Duration::ZERO).build().await.unwrap();
    let form = auth_tests::documented::StaffRegistration { email: ADA.to_owned(), badge: "A-17".to_owned() };
    staff.accounts().create(form, PASSWORD).await.unwrap();
    let client = ClientInfo::default();
    staff.forgot_password(ADA, &client).await.unwrap();
    staff.send_mail().await.unwrap();
    let (theirs, (_, ours)) = (mailbox.last_to(ADA), post.asked(ADA).await);
    assert!(theirs.link().starts_with("https://staff.example/reset#t="));
    assert_eq!(post.by_link(&theirs.token(), NEW).await.is(400).code(), "invalid_link");
    let refused = staff.reset_password(ResetEvidence::Link(&ours.token()), NEW, &client).await.unwrap_err();
    assert!(matches!(refused, AuthError::InvalidLink));
    staff.reset_password(ResetEvidence::Link(&theirs.token()), NEW, &client).await.unwrap();
    post.by_link(&ours.token(), NEW).await.is(204);
}

#[tokio::test]
async fn a_link_outlives_a_rotation_that_lists_its_secret() {
    let secret = |text| Secret::new(text).unwrap();
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    let (sign_in, mail) = post.asked(ADA).await;
    post.forgot(ADA).await.is(202);
    post.app.auth.rotate_secret(&secret(OTHER_SECRET), &[secret(SECRET)]).await.unwrap();
    assert!(post.link_works(&mail.token()).await);
    assert_eq!(post.by_code(&sign_in, "12345678", NEW).await.is(401).code(), "invalid_code");
    // Mail that waited has a link of the new secret.
    assert_eq!(post.app.auth.send_mail().await.unwrap(), 1);
    let late = post.mailbox.last_to(ADA);
    post.app.auth.rotate_secret(&secret(OTHER_SECRET), &[]).await.unwrap();
    assert!(!post.link_works(&mail.token()).await);
    assert_eq!(post.by_code(&sign_in, &mail.code(), NEW).await.is(401).code(), "sign_in_expired");
    post.by_link(&late.token(), NEW).await.is(204);
}

#[tokio::test]
async fn otk_08_no_header_chooses_the_host_of_a_link() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    let call = Call::post("/auth/password/forgot").json(&json!({ "email": ADA })).without("host");
    let call = call.header("host", "evil.example").header("x-forwarded-host", "evil.example");
    let call = call.header("forwarded", "host=evil.example;proto=http").header("x-forwarded-proto", "http");
    post.app.send(call.header("origin", "https://evil.example")).await.is(202);
    post.app.auth.send_mail().await.unwrap();
    let mail = post.mailbox.last_to(ADA);
    assert!(mail.link().starts_with(crate::BASE));
    for part in [&mail.text, &mail.subject, &mail.message_id, mail.html.as_ref().unwrap()] {
        assert!(!part.contains("evil"), "{part}");
    }
}
