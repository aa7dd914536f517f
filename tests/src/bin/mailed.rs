//! Mails an account with each of several evil names through the server in `SMTP_URL`, as `SMTP_FROM`, and prints what
//! was handed over as JSON, one mail a line, for a foreign program that compares it with what has arrived. `SMTP_ROOT` is
//! a root certificate, as PEM. What was not taken is tried again as the clock here goes on; with what is left in the end,
//! it exits with 1. `mailed 1` is content with the first name.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::mail::{Html, Letter, Letters, Mail, MailError, Mailer, Smtp, Written};
use auth::{ClientInfo, Locale, PasswordHash};
use auth_tests::memory_app::MemoryApp;
use auth_tests::{User, UserRegistration};
use serde_json::json;

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

/// Prints what it hands over.
struct Printing {
    smtp: Smtp,
    printed: Arc<Mutex<Vec<String>>>,
}

impl Mailer for Printing {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let Mail { to, subject, text, html, message_id, .. } = mail;
        let line = json!({ "to": to, "subject": subject, "text": text, "html": html, "id": message_id });
        self.printed.lock().unwrap().push(line.to_string());
        self.smtp.send(mail).await.inspect_err(|error| eprintln!("{error:?}"))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut smtp = Smtp::from_env();
    if let Ok(file) = std::env::var("SMTP_ROOT") {
        smtp = smtp.root_certificate(std::fs::read(file).unwrap());
    }
    let printed = Arc::default();
    let mailer = Printing { smtp, printed: Arc::clone(&printed) };
    let app = MemoryApp::with(|builder| {
        builder.base_url("https://app.example").mailer(mailer).mail_interval(Duration::ZERO).letters(ByName)
    })
    .await;
    let most = std::env::args().nth(1).map_or(NAMES.len(), |number| number.parse().unwrap());
    for (number, name) in NAMES.iter().take(most).enumerate() {
        let email = format!("user{number}@example.org");
        let form = UserRegistration { email: email.clone(), display_name: (*name).to_owned() };
        app.auth.accounts().import(form, Some(PasswordHash::from_stored("!"))).await.unwrap();
        app.auth.forgot_password(&email, &ClientInfo::default()).await.unwrap();
    }
    let mut left = most;
    for _ in 0..ATTEMPTS {
        left -= app.auth.send_mail().await.unwrap();
        app.clock.advance(Duration::from_mins(5));
    }
    for line in printed.lock().unwrap().iter() {
        println!("{line}");
    }
    if left == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
