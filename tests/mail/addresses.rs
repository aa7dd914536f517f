//! Mail goes to one mailbox, that of the account, whatever was typed and whatever the row holds.

use auth_tests::app::PASSWORD;
use auth_tests::{Call, User};
use serde_json::json;

use crate::{ADA, EVE, Post};

/// Texts that are no single mailbox.
fn bad() -> Vec<String> {
    let mut bad: Vec<String> = [
        "ada@example.org,eve@example.org",
        "ada@example.org eve@example.org",
        "ada@example.org;eve@example.org",
        "ada@example.org\neve@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "Eve <eve@example.org>",
        "\"ada@example.org\"@example.org",
        "eve@example.org (ada@example.org)",
        "ada@example.org>\r\nRCPT TO:<eve@example.org",
        "@example.org:eve@example.org",
        "ada@@example.org",
        "ada@",
        "ada@.example.org",
        "ada@example.org\0",
    ]
    .map(str::to_owned)
    .to_vec();
    bad.push(format!("{}@example.org", "a".repeat(65)));
    bad.push(format!("{}@{}.org", "a".repeat(60), "b".repeat(192)));
    bad
}

#[tokio::test]
async fn mail_05_what_is_typed_is_never_a_recipient() {
    let post = Post::new().await;
    for email in [ADA, EVE] {
        post.app.register(email).await.is(201);
    }
    for typed in bad() {
        post.forgot(&typed).await.is(202);
    }
    assert_eq!(post.app.auth.send_mail().await.unwrap(), 0);
    assert!(post.mailbox.all().is_empty());
    // The control: what names one account, in other letters.
    post.forgot("\u{ff21}DA@example.ORG").await.is(202);
    post.app.auth.send_mail().await.unwrap();
    assert_eq!(post.mailbox.last_to(ADA).to, ADA);
}

#[tokio::test]
async fn mail_05_a_row_with_a_list_of_addresses_gets_none() {
    for stored in bad() {
        let post = Post::new().await;
        post.app.register(ADA).await.is(201);
        let update = sqlx::query("UPDATE users SET email = $1").bind(&stored);
        update.execute(&post.app.pool).await.unwrap();
        post.forgot(&stored).await.is(202);
        post.app.auth.send_mail().await.unwrap();
        assert!(post.mailbox.all().is_empty(), "{stored:?}");
    }
}

#[tokio::test]
async fn mail_05_an_international_domain_is_mailed_as_dns_knows_it() {
    let post = Post::new().await;
    post.app.register("ada@exämple.org").await.is(201);
    post.forgot("ada@EXÄMPLE.org").await.is(202);
    post.app.auth.send_mail().await.unwrap();
    assert_eq!(post.mailbox.all()[0].to, "ada@xn--exmple-cua.org");
}

#[tokio::test]
async fn mail_07_a_link_dies_with_the_address() {
    let post = Post::new().await;
    let app = &post.app;
    app.register(ADA).await.is(201);
    let (sign_in, mail) = post.asked(ADA).await;
    // Ada moves, and Eve signs up with the address that is free now.
    app.db.run("UPDATE users SET email = 'ada@elsewhere.example' WHERE id = 1").await;
    app.register(ADA).await.is(201);
    assert!(!post.link_works(&mail.token()).await);
    assert_eq!(post.by_code(&sign_in, &mail.code(), crate::NEW).await.is(401).code(), "sign_in_expired");
    app.login(ADA, PASSWORD).await.is(200);
    app.login("ada@elsewhere.example", PASSWORD).await.is(200);
}

#[tokio::test]
async fn values_of_users_do_not_reach_subject_or_html() {
    struct Ours;
    impl auth::mail::Letters<User> for Ours {
        fn write(&self, letter: &auth::mail::Letter<'_, User>, _: &auth::Locale) -> Option<auth::mail::Written> {
            let auth::mail::Letter::ResetPassword { user, link, .. } = letter else { return None };
            let name = &user.display_name;
            let html = auth::mail::Html::new("en").paragraph(name).button(link, name).finish();
            Some(auth::mail::Written { subject: format!("Hello {name}"), text: name.clone(), html: Some(html) })
        }
    }
    let post = Post::with(|builder| builder.letters(Ours)).await;
    let name = "<b>Eve</b>\r\nBcc: eve@example.org\u{2028}x";
    let body = json!({ "email": ADA, "password": PASSWORD, "display_name": name });
    post.app.send(Call::post("/auth/register").json(&body)).await.is(201);
    post.forgot(ADA).await.is(202);
    post.app.auth.send_mail().await.unwrap();
    let mail = post.mailbox.last_to(ADA);
    assert!(!mail.subject.contains(|c: char| c.is_control() || c == '\u{2028}'), "{:?}", mail.subject);
    assert!(mail.html.as_ref().unwrap().contains("&lt;b&gt;Eve") && !mail.html.as_ref().unwrap().contains("<b>"));
}

#[tokio::test]
async fn letters_that_panic_are_replaced() {
    struct Broken;
    impl auth::mail::Letters<User> for Broken {
        fn write(&self, _: &auth::mail::Letter<'_, User>, _: &auth::Locale) -> Option<auth::mail::Written> {
            panic!("as planned")
        }
    }
    let post = Post::with(|builder| builder.letters(Broken)).await;
    post.app.register(ADA).await.is(201);
    let (_, mail) = post.asked(ADA).await;
    post.by_link(&mail.token(), crate::NEW).await.is(204);
}
