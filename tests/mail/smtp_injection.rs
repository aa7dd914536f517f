//! Whatever users call themselves: a server gets one mail, for one recipient, with the text as it was written.

use auth::mail::{Html, Letter, Letters, Smtp, Written};
use auth::{Locale, PasswordHash};
use auth_tests::memory_app::MemoryApp;
use auth_tests::{User, UserRegistration};

use crate::smtp_failures::FROM;
use crate::smtp_server::{SmtpServer, Taken};
use crate::{ADA, with_mail};

const EVIL: [&str; 16] = [
    "a\n.\nb",
    "a\r.\rb",
    "a\r\n.\r\nb",
    "\n.\nMAIL FROM:<eve@evil.example>\nRCPT TO:<eve@evil.example>\nDATA\nSubject: pay\n\nnow\n.\n",
    "\r\n.\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<eve@evil.example>\r\n",
    "\nRCPT TO:<eve@evil.example>",
    "\r\nBcc: eve@evil.example\r\nContent-Type: text/html",
    "Ada\r\n\r\n<h1>pay now</h1>",
    ".",
    "\n.",
    "..\n..\n",
    "=0D=0A.=0D=0A=\n",
    "\u{2028}.\u{2028}\u{85}.\u{85}",
    "a\0b\u{7f}\u{1b}[2J",
    "--=_x--\r\n--=_\r\n",
    "Zoë 🦀 \u{202e}adA",
];

/// Letters that say the name wherever they can.
struct ByName;

fn text(name: &str, link: &str) -> String {
    format!("Hello {name}\n\nyour link:\n{link}\n{name}\n")
}

impl Letters<User> for ByName {
    fn write(&self, letter: &Letter<'_, User>, _: &Locale) -> Option<Written> {
        let Letter::ResetPassword { user, link, .. } = letter else { return None };
        let name = &user.display_name;
        Some(Written {
            subject: format!("{name}, a new password"),
            text: text(name, link),
            html: Some(Html::new("en").paragraph(name).button(link, name).finish()),
        })
    }
}

/// The mail that the server takes for an account with this name and address.
async fn sent(name: &str, email: &str) -> (Taken, Vec<String>) {
    let server = SmtpServer::start().await;
    let mailer = Smtp::new(&server.url(), FROM);
    let app = MemoryApp::with(|builder| with_mail(builder, mailer).letters(ByName)).await;
    let form = UserRegistration { email: email.to_owned(), display_name: name.to_owned() };
    app.auth.accounts().import(form, Some(PasswordHash::from_stored("!"))).await.unwrap();
    app.auth.forgot_password(email, &auth::ClientInfo::default()).await.unwrap();
    assert_eq!(app.auth.send_mail().await.unwrap(), 1, "{name:?}");
    server.has_no_connection().await;
    let taken = server.taken();
    assert_eq!((taken.len(), server.seen().len()), (1, 1), "{name:?}");
    (taken[0].clone(), server.commands())
}

/// The bodies of the two parts, and what is in front of them.
fn parts(mail: &str) -> (String, Vec<String>) {
    let (head, body) = mail.split_once("\n\n").unwrap();
    let boundary = head.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let separator = format!("--{boundary}");
    let parts = body.split(&separator).skip(1).filter(|part| !part.starts_with("--"));
    let parts = parts.map(|part| {
        let (_, text) = part.split_once("\n\n").unwrap();
        quoted_printable(text.strip_suffix('\n').unwrap())
    });
    (head.to_owned(), parts.collect())
}

/// Decodes as RFC 2045 §6.7 says; the lines were split before.
fn quoted_printable(text: &str) -> String {
    let text = text.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if *byte == b'=' {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

fn is_link(line: &&str) -> bool {
    line.starts_with("https://app.example/account/reset#t=")
}

#[tokio::test]
async fn mail_06_no_name_ends_a_mail_or_adds_a_recipient() {
    for name in EVIL {
        let (mail, commands) = sent(name, ADA).await;
        assert_eq!(mail.to, [format!("TO:<{ADA}>")], "{name:?}");
        assert!(mail.from.starts_with("FROM:<no-reply@shop.example>"), "{name:?}: {}", mail.from);
        let verbs: Vec<&str> = commands.iter().map(|line| line.get(..4).unwrap_or(line)).collect();
        assert_eq!(verbs, ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"], "{name:?}");
        let (head, parts) = parts(&mail.text);
        assert_eq!(parts.len(), 2, "{name:?}: {}", mail.text);
        let link = parts[0].lines().find(is_link).expect("the link is whole");
        let lines = name.replace("\r\n", "\n").replace('\r', "\n");
        assert_eq!(parts[0], text(&lines, link), "{name:?}");
        assert!(parts[1].contains(link) && !parts[1].contains("<h1>"), "{name:?}: {}", parts[1]);
        // Each line of the head is a header of ours, or the continuation of one.
        for line in head.lines().filter(|line| !line.starts_with([' ', '\t'])) {
            let name = line.split(':').next().unwrap();
            let ours =
                ["From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "MIME-Version", "Content-Type"];
            assert!(ours.contains(&name), "{line}");
        }
        assert_eq!(head.lines().filter(|line| line.starts_with("Content-Type")).count(), 1, "{head}");
    }
}

#[tokio::test]
async fn mail_05_the_recipient_is_the_row_byte_for_byte() {
    let local = "a".repeat(64);
    let long = format!("{local}@{}.example.org", vec!["b".repeat(60); 2].join("."));
    for (given, row) in [
        ("Ada@Example.ORG", "ada@example.org"),
        ("o'brien+tag@example.org", "o'brien+tag@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("{ada}|=?^`~@example.org", "{ada}|=?^`~@example.org"),
        (&long, &long),
    ] {
        let (mail, _) = sent("Ada", given).await;
        assert_eq!(mail.to, [format!("TO:<{row}>")]);
        assert!(mail.text.contains(&format!("\nTo: {row}\n")), "{}", mail.text);
    }
}

#[tokio::test]
async fn mail_06_the_server_here_sees_smuggled_commands() {
    // The control: what a mailer without encoding would have sent is two mails to it.
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let server = SmtpServer::start().await;
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    let raw = format!(
        "EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<{ADA}>\r\nDATA\r\nSubject: x\r\n\r\nHello {}\r\n.\r\nQUIT\r\n",
        EVIL[3]
    );
    stream.write_all(raw.as_bytes()).await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    assert_eq!(server.taken().len(), 2);
}
