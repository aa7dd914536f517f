//! Mails an account with each of several evil names through the server in `SMTP_URL`, as `SMTP_FROM`, and prints what
//! was handed over as JSON, one mail a line, for a foreign program that compares it with what has arrived. `SMTP_ROOT` is
//! a root certificate, as PEM. What was not taken is tried again as the clock here goes on; with what is left in the end,
//! it exits with 1. `mailed 1` is content with the first name.
//!
//! `mailed hostile` is for servers that fail: it sends two mails, asks for the second one while the first is on its way,
//! and panics if that takes long. After the first attempt it prints `tried`, and goes on when it has read a line.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use auth::mail::{Html, Letter, Letters, Mail, MailError, Mailer, Smtp, Written};
use auth::{ClientInfo, Locale, PasswordHash};
use auth_tests::memory_app::MemoryApp;
use auth_tests::{User, UserRegistration};
use serde_json::json;
use tokio::sync::Notify;

const NAMES: [&str; 14] = [
    "Ada",
    "a\n.\nb",
    "a\r.\rb",
    "a\r\n.\r\nb",
    "\n.\nMAIL FROM:<eve@evil.example>\nRCPT TO:<eve@evil.example>\nDATA\nSubject: pay\n\nnow\n.\n",
    "\r\n.\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<eve@evil.example>\r\n",
    "\nRCPT TO:<eve@evil.example>",
    "\r\nBcc: eve@evil.example\r\nContent-Type: text/html",
    "Ada\r\n\r\n<h1>pay now</h1>",
    "..\n..\n",
    "=0D=0A.=0D=0A=\n",
    "--=_x--\r\n--=_\r\n",
    "Zoë 🦀 \u{202e}adA",
    "=?UTF-8?Q?Ada?= <eve@evil.example>",
];
/// Two more than the foreign servers refuse.
const ATTEMPTS: usize = 4;
/// How long a request for a mail may take, on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Letters that say the name wherever they can.
struct ByName;

impl Letters<User> for ByName {
    fn write(&self, letter: &Letter<'_, User>, _: &Locale) -> Option<Written> {
        let Letter::ResetPassword { user, link, .. } = letter else { return None };
        let name = &user.display_name;
        Some(Written {
            subject: format!("{name}, a new password"),
            text: format!("Hello {name}\n\n{link}\n{}\n{name}\n", name.repeat(100)),
            html: Some(Html::new("en").paragraph(name).button(link, name).finish()),
        })
    }
}

/// Keeps what it hands over, to be printed.
struct Printing {
    smtp: Smtp,
    printed: Arc<Mutex<Vec<String>>>,
    sending: Arc<Notify>,
}

impl Mailer for Printing {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let Mail { to, subject, text, html, message_id, .. } = mail;
        let line = json!({ "to": to, "subject": subject, "text": text, "html": html, "id": message_id });
        self.printed.lock().unwrap().push(line.to_string());
        self.sending.notify_one();
        self.smtp.send(mail).await.inspect_err(|error| eprintln!("{error:?}"))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut smtp = Smtp::from_env();
    if let Ok(file) = std::env::var("SMTP_ROOT") {
        smtp = smtp.root_certificate(std::fs::read(file).unwrap());
    }
    let (printed, sending) = (Arc::default(), Arc::default());
    let mailer = Printing { smtp, printed: Arc::clone(&printed), sending: Arc::clone(&sending) };
    let app = MemoryApp::with(|builder| {
        builder.base_url("https://app.example").mailer(mailer).mail_interval(Duration::ZERO).letters(ByName)
    })
    .await;
    let given = std::env::args().nth(1);
    let mut left = if given.as_deref() == Some("hostile") {
        while_one_is_sent(&app, &sending).await
    } else {
        let most = given.map_or(NAMES.len(), |number| number.parse().unwrap());
        for (number, name) in NAMES.iter().take(most).enumerate() {
            asks(&app, number, name).await;
        }
        most
    };
    for _ in 0..ATTEMPTS {
        left -= app.auth.send_mail().await.unwrap();
        app.clock.advance(Duration::from_mins(5));
    }
    for line in printed.lock().unwrap().iter() {
        println!("{line}");
    }
    if left == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Somebody new has forgotten the password.
async fn asks(app: &MemoryApp, number: usize, name: &str) {
    let email = format!("user{number}@example.org");
    let form = UserRegistration { email: email.clone(), display_name: name.to_owned() };
    app.auth.accounts().import(form, Some(PasswordHash::from_stored("!"))).await.unwrap();
    app.auth.forgot_password(&email, &ClientInfo::default()).await.unwrap();
}

/// Somebody asks for a mail while that of another is on its way. Returns how many mails are left.
async fn while_one_is_sent(app: &MemoryApp, sending: &Notify) -> usize {
    asks(app, 0, NAMES[0]).await;
    let auth = app.auth.clone();
    let first = tokio::spawn(async move { auth.send_mail().await });
    sending.notified().await;
    let begun = Instant::now();
    asks(app, 1, NAMES[0]).await;
    assert!(begun.elapsed() < AT_ONCE, "a request waits for the mail server");
    let sent = first.await.unwrap().unwrap();
    println!("tried");
    tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await.unwrap().unwrap();
    app.clock.advance(Duration::from_mins(5));
    2 - sent
}
