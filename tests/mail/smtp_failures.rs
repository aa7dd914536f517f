//! Mail servers that fail, against the mailer and the outbox: nothing is lost, nothing is sent twice, and no request and
//! no connection waits for them.

use std::time::Duration;

use auth::mail::Smtp;
use auth::store::Records as _;
use auth_tests::Call;
use auth_tests::memory_app::MemoryApp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::smtp_server::{Act, SmtpServer, Step};
use crate::{ADA, with_mail};

pub(crate) const FROM: &str = "Shop <no-reply@shop.example>";

/// What becomes of a mail at the first attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Sent,
    Retried,
    Dropped,
}

const STEPS: [Step; 6] = [Step::Greeting, Step::Ehlo, Step::Mail, Step::Rcpt, Step::Data, Step::Text];

/// A line that is far too long to be kept.
const FLOOD: &[u8] = &[b'2'; 200_000];

const ACTS: [Act; 13] = [
    Act::HangAfter(b""),
    Act::HangAfter(b"250-more to come\r\n"),
    Act::HangAfter(b"25"),
    Act::Drop,
    Act::Slowly,
    Act::Endless,
    Act::Say(b"421 4.3.2 closing\r\n"),
    Act::Say(b"450 4.2.1 busy\r\n"),
    Act::Say(b"452 4.2.2 full for now\r\n"),
    Act::Say(b"550 no\r\n"),
    Act::Say(b"554-no\r\n554 never\r\n"),
    Act::Say(b"\x00\xff\xfe garbage\r\n"),
    Act::Say(FLOOD),
];

fn expected(step: Step, act: Act) -> Outcome {
    match act {
        Act::Slowly => Outcome::Sent,
        // What is said of the recipient.
        Act::Say(reply) if step == Step::Rcpt && reply.starts_with(b"55") => Outcome::Dropped,
        _ => Outcome::Retried,
    }
}

pub(crate) async fn app(mailer: Smtp) -> MemoryApp {
    let app = MemoryApp::with(|builder| with_mail(builder, mailer)).await;
    app.register(ADA).await.is(201);
    app
}

pub(crate) async fn forgot(app: &MemoryApp) {
    app.send(Call::post("/auth/password/forgot").json(&json!({ "email": ADA }))).await.is(202);
}

pub(crate) async fn waiting(app: &MemoryApp) -> usize {
    app.records.changed_since("User:users.outbox", auth::clock::Timestamp::default(), None, 9).await.unwrap().len()
}

/// Sends what is due. Where the server hangs, time passes only then.
async fn attempt(app: &MemoryApp, server: &SmtpServer, hangs: bool) -> (usize, Duration) {
    let begun = Instant::now();
    let auth = app.auth.clone();
    let sending = tokio::spawn(async move { auth.send_mail().await });
    if hangs {
        server.reached().await;
        tokio::time::pause();
    }
    let sent = sending.await.unwrap().unwrap();
    let taken = begun.elapsed();
    if hangs {
        tokio::time::resume();
    }
    (sent, taken)
}

async fn one_case(step: Step, act: Act) {
    let case = format!("{act:.30?} at {step:?}");
    let server = SmtpServer::start().await;
    let app = app(Smtp::new(&server.url(), FROM)).await;
    server.plan(step, act);
    forgot(&app).await;
    let hangs = matches!(act, Act::HangAfter(_));
    let (sent, taken) = attempt(&app, &server, hangs).await;
    assert!(taken < Duration::from_secs(30), "{case}: {taken:?}");
    server.has_no_connection().await;
    let outcome = match (sent, waiting(&app).await) {
        (1, 0) => Outcome::Sent,
        (0, 1) => Outcome::Retried,
        (0, 0) => Outcome::Dropped,
        other => panic!("{case}: {other:?}"),
    };
    assert_eq!(outcome, expected(step, act), "{case}");
    app.clock.advance(Duration::from_secs(4));
    assert_eq!(app.auth.send_mail().await.unwrap(), 0, "{case}");
    assert_eq!(server.connections(), 1, "{case}: not before five seconds");
    app.clock.advance(Duration::from_secs(1));
    let again = app.auth.send_mail().await.unwrap();
    assert_eq!(again, usize::from(outcome == Outcome::Retried), "{case}");
    // And never again.
    app.clock.advance(Duration::from_mins(20));
    assert_eq!((app.auth.send_mail().await.unwrap(), waiting(&app).await), (0, 0), "{case}");
    server.has_no_connection().await;
    assert_eq!(server.taken().len(), usize::from(outcome != Outcome::Dropped), "{case}");
    let seen = server.seen();
    assert!(seen.iter().all(|mail| mail.message_id() == seen[0].message_id()), "{case}: {seen:?}");
    assert_eq!(seen.len(), server.taken().len() + usize::from(step == Step::Text && outcome == Outcome::Retried));
}

#[tokio::test]
async fn mail_04_no_failing_server_loses_or_repeats_a_mail() {
    for step in STEPS {
        for act in ACTS {
            one_case(step, act).await;
        }
    }
}

#[tokio::test]
async fn mail_04_a_refused_connection_is_tried_again() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let app = app(Smtp::new(&format!("smtp://127.0.0.1:{port}"), FROM)).await;
    forgot(&app).await;
    for pause in [5, 30, 2 * 60, 10 * 60] {
        assert_eq!((app.auth.send_mail().await.unwrap(), waiting(&app).await), (0, 1));
        app.clock.advance(Duration::from_secs(pause));
    }
    // The next attempt would come after the link has ended.
    assert_eq!((app.auth.send_mail().await.unwrap(), waiting(&app).await), (0, 0));
}

#[tokio::test]
async fn mail_04_a_client_that_panics_loses_nothing() {
    let server = SmtpServer::start().await;
    let app = app(Smtp::new(&server.url(), FROM)).await;
    // RUSTSEC-2026-0562.
    server.plan(Step::Ehlo, Act::Say(b"250-hostile.example\r\n250-   \r\n250 HELP\r\n"));
    forgot(&app).await;
    app.auth.send_mail().await.unwrap();
    server.has_no_connection().await;
    app.clock.advance(Duration::from_secs(5));
    app.auth.send_mail().await.unwrap();
    assert_eq!((server.taken().len(), waiting(&app).await), (1, 0));
}

#[tokio::test]
async fn mail_04_what_was_taken_is_sent_whatever_follows() {
    for act in [Act::Drop, Act::HangAfter(b""), Act::Say(b"500 stay\r\n"), Act::Endless] {
        let server = SmtpServer::start().await;
        let app = app(Smtp::new(&server.url(), FROM)).await;
        server.plan(Step::Quit, act);
        forgot(&app).await;
        let (sent, taken) = attempt(&app, &server, matches!(act, Act::HangAfter(_))).await;
        assert!(sent == 1 && taken < Duration::from_secs(3), "{act:?}: {taken:?}");
        server.has_no_connection().await;
        app.clock.advance(Duration::from_mins(20));
        assert_eq!((app.auth.send_mail().await.unwrap(), server.taken().len()), (0, 1), "{act:?}");
    }
}

#[tokio::test]
async fn mail_04_a_wrong_answer_to_data_keeps_the_text_back() {
    let server = SmtpServer::start().await;
    let app = app(Smtp::new(&server.url(), FROM)).await;
    server.plan(Step::Data, Act::Say(b"250 ok\r\n"));
    forgot(&app).await;
    assert_eq!(app.auth.send_mail().await.unwrap(), 0);
    server.has_no_connection().await;
    let verbs: Vec<String> = server.commands().iter().map(|line| line.chars().take(4).collect()).collect();
    assert_eq!(verbs, ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]);
    assert_eq!(waiting(&app).await, 1);
}

#[tokio::test]
async fn mail_04_no_request_waits_for_a_hanging_server() {
    let server = SmtpServer::start().await;
    let mailer = Smtp::new(&server.url(), FROM);
    for _ in 0..4 {
        server.plan(Step::Greeting, Act::HangAfter(b""));
    }
    let app = MemoryApp::with(|builder| with_mail(builder, mailer).mail_interval(Duration::from_mins(1))).await;
    app.register(ADA).await.is(201);
    for _ in 0..8 {
        forgot(&app).await;
    }
    server.reached().await;
    assert!(server.taken().is_empty(), "the server still hangs");
    tokio::time::pause();
    // The worker ends with its last mail.
    drop(app);
    tokio::time::sleep(Duration::from_mins(2)).await;
    server.has_no_connection().await;
}

#[tokio::test]
async fn a_wrong_password_drops_no_mail() {
    let server = SmtpServer::start().await;
    server.offer("AUTH PLAIN LOGIN");
    let url = format!("smtp://shop%40example:hunter%232@127.0.0.1:{}", server.port);
    let app = app(Smtp::new(&url, FROM)).await;
    server.plan(Step::Auth, Act::Say(b"535 5.7.8 no\r\n"));
    forgot(&app).await;
    assert_eq!((app.auth.send_mail().await.unwrap(), waiting(&app).await), (0, 1));
    app.clock.advance(Duration::from_secs(5));
    assert_eq!(app.auth.send_mail().await.unwrap(), 1);
    let commands = server.commands();
    let auth = commands.iter().find_map(|line| line.strip_prefix("AUTH PLAIN ")).expect("it signs in");
    let given = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, auth).unwrap();
    assert_eq!(given, b"\0shop@example\0hunter#2");
}

#[tokio::test]
async fn nothing_is_said_without_tls_beyond_this_machine() {
    for offered in [None, Some("STARTTLS")] {
        let server = SmtpServer::start().await;
        if let Some(feature) = offered {
            server.offer(feature);
        }
        server.offer("AUTH PLAIN");
        // Answers that somebody on the way appends are none of the server.
        let appended = b"220 go\r\n250-fake\r\n250 AUTH PLAIN\r\n235 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n";
        server.plan(Step::StartTls, Act::HangAfter(appended));
        // An address of this machine that is none of loopback.
        let url = format!("smtp://shop:hunter2@0.0.0.0:{}", server.port);
        let app = app(Smtp::new(&url, FROM)).await;
        forgot(&app).await;
        let begun = Instant::now();
        assert_eq!((app.auth.send_mail().await.unwrap(), waiting(&app).await), (0, 1));
        assert!(begun.elapsed() < Duration::from_secs(20), "what was appended ends the handshake");
        server.has_no_connection().await;
        let verbs: Vec<String> = server.commands().iter().map(|line| line.chars().take(4).collect()).collect();
        assert!(verbs.iter().all(|verb| ["EHLO", "STAR", "QUIT"].contains(&verb.as_str())), "{verbs:?}");
    }
}
