//! The mailbox of development: who sees it, and what it shows.

use std::path::PathBuf;

use auth::Locale;
use auth::mail::{Html, Letter, Letters, MailDirectory, Mailer as _, Written};
use auth::routing::Routes;
use auth_tests::{Answer, App, Call, User};
use axum::Router;
use axum::http::StatusCode;
use serde_json::json;

use crate::{ADA, Post, with_mail};

const HERE: &str = "127.0.0.1";

/// A directory that goes away with the test.
struct Directory(PathBuf);

impl Directory {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("auth-mailbox-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An application that keeps its mail in a directory, and the pages that show it.
async fn kept_in(directory: &Directory, letters: impl Letters<User>) -> (App, Router) {
    let mailer = MailDirectory::insecure_for_localhost(&directory.0);
    let app = App::with(|builder| with_mail(builder, mailer).base_url("http://localhost:3000").letters(letters)).await;
    let pages = app.auth.development_mailbox().into_router();
    (app, pages)
}

/// Has a mail written.
async fn mailed(app: &App) {
    app.register(ADA).await;
    app.send(Call::post("/auth/password/forgot").json(&json!({ "email": ADA }))).await.is(202);
    app.auth.send_mail().await.unwrap();
}

fn asked(path: &str) -> Call {
    Call::get(path).coming_from(HERE).without("host").header("host", "localhost:3000")
}

/// The address of the newest mail, as the list has it.
fn newest(list: &Answer) -> String {
    let (_, link) = list.text().split_once("href=\"mail/").expect("no mail is listed");
    format!("/dev/mail/{}", link.split('"').next().unwrap())
}

#[tokio::test]
async fn a_mail_of_development_is_read_in_a_browser() {
    let directory = Directory::new("read");
    let (app, pages) = kept_in(&directory, ()).await;
    let list = asked("/dev/mail").send(&pages).await.is(200);
    assert!(list.text().contains("There is no mail yet"), "{}", list.text());
    mailed(&app).await;
    let list = asked("/dev/mail").send(&pages).await.is(200);
    assert!(list.text().contains(ADA), "{}", list.text());
    let mail = asked(&newest(&list)).send(&pages).await.is(200);
    assert_eq!(mail.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!((mail.header("cache-control"), mail.header("referrer-policy")), (Some("no-store"), Some("no-referrer")));
    assert!(mail.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    assert!(mail.text().contains("<a href=\"http://localhost:3000/reset#t="), "{}", mail.text());
    assert!(mail.text().contains("<iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" srcdoc="));
    assert!(!mail.text().contains("<script"));
}

#[tokio::test]
async fn only_this_machine_reads_the_mail_of_development() {
    let directory = Directory::new("local");
    let (_app, pages) = kept_in(&directory, ()).await;
    let local = |call: Call, host: &str| call.without("host").header("host", host);
    let paths = ["/dev/mail", "/dev/mail/001800000000000-x"];
    for path in paths {
        let call = || Call::get(path).coming_from(HERE);
        let refused = [
            ("nobody knows who asks", local(Call::get(path), "localhost")),
            ("another machine", local(Call::get(path).coming_from("192.168.1.7"), "localhost")),
            ("another machine, as IPv6", local(Call::get(path).coming_from("::ffff:192.168.1.7"), "localhost")),
            ("a name that somebody led here", local(call(), "rebound.example")),
            ("a name that only looks local", local(call(), "localhost.example")),
            ("every address", local(call(), "0.0.0.0:3000")),
            ("no host", call().without("host")),
            ("two hosts", local(call(), "localhost").header("host", "rebound.example")),
            ("a tunnel", local(call(), "localhost").header("x-forwarded-for", "203.0.113.9")),
            ("a proxy", local(call(), "localhost").header("forwarded", "for=203.0.113.9")),
            ("a proxy that says little", local(call(), "localhost").header("via", "1.1 proxy")),
            ("a proxy that rewrote the host", local(call(), "localhost").header("x-forwarded-host", "app.example")),
            ("nginx", local(call(), "localhost").header("x-real-ip", "203.0.113.9")),
        ];
        for (who, call) in refused {
            let answer = call.send(&pages).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {who}");
            assert_eq!(answer.code(), "local_only", "{path}: {who}");
        }
    }
    for (peer, host) in
        [(HERE, "localhost"), ("::1", "[::1]:3000"), ("::ffff:127.0.0.1", "app.localhost"), (HERE, "127.0.0.1:80")]
    {
        local(Call::get("/dev/mail").coming_from(peer), host).send(&pages).await.is(200);
    }
}

#[tokio::test]
async fn no_address_reads_another_file_of_the_machine() {
    let directory = Directory::new("paths");
    let (_app, pages) = kept_in(&directory, ()).await;
    std::fs::create_dir_all(&directory.0).unwrap();
    std::fs::write(directory.0.join("notes.eml"), "mine").unwrap();
    std::fs::write(directory.0.join("001800000000000-x.eml"), "not a mail").unwrap();
    for id in [
        "notes",
        "..%2Fnotes",
        "001800000000000-..%2F..%2Fetc%2Fpasswd",
        "001800000000000-y",
        "001800000000000-x",
        "%00",
    ] {
        asked(&format!("/dev/mail/{id}")).send(&pages).await.is(404);
    }
    let list = asked("/dev/mail").send(&pages).await.is(200);
    assert!(list.text().contains("001800000000000-x.eml: not a mail of this application"), "{}", list.text());
    assert!(!list.text().contains("notes"));
}

/// Letters with what a user has written.
struct Hostile;

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

impl Letters<User> for Hostile {
    fn write(&self, _: &Letter<'_, User>, _: &Locale) -> Option<Written> {
        Some(Written {
            subject: HOSTILE.to_owned(),
            text: format!("{HOSTILE}\nhttps://app.example/\"onclick=\"alert(1)\njavascript:alert(1)\n"),
            html: Some(Html::new("en").paragraph(HOSTILE).finish() + "\"></iframe><script>alert(1)</script>"),
        })
    }
}

#[tokio::test]
async fn nothing_that_a_mail_says_runs_in_its_page() {
    let directory = Directory::new("hostile");
    let (app, pages) = kept_in(&directory, Hostile).await;
    mailed(&app).await;
    let list = asked("/dev/mail").send(&pages).await.is(200);
    let mail = asked(&newest(&list)).send(&pages).await.is(200);
    for page in [&list, &mail] {
        let (before, frame) = page.text().split_once("srcdoc=\"").unwrap_or((page.text(), ""));
        assert!(!before.contains("<script") && !before.contains("<img") && !before.contains("\"onclick"), "{before}");
        assert!(!before.contains("href=\"javascript"), "{before}");
        // Within the attribute no quotation mark ends it.
        let (_, after) = frame.split_once('"').unwrap_or(("", ""));
        assert!(!after.contains("<script"), "{after}");
        assert!(
            page.header("content-security-policy")
                .unwrap()
                .starts_with("default-src 'none'; style-src 'unsafe-inline'; img-src")
        );
    }
}

#[tokio::test]
async fn other_mailers_have_no_mailbox_of_development() {
    let post = Post::new().await;
    let none: Routes = post.app.auth.development_mailbox();
    assert!(none.table().routes().is_empty());
    assert!(auth::testing::Mailbox::new().directory().is_none());
}
