//! Settings and messages, without a server. (The others are in `tests/mail/smtp_*.rs`.)

use super::Smtp;
use super::message::{sender, write};
use crate::mail::{Mail, Mailer as _};
use crate::model::event::LetterKind;

const FROM: &str = "Shop <no-reply@shop.example>";

fn problem(url: &str) -> String {
    let problems = Smtp::new(url, FROM).problems();
    assert_eq!(problems.len(), 1, "{url}: {problems:?}");
    problems.concat()
}

#[test]
fn addresses_of_servers_are_read_with_their_ports() {
    for (url, shown) in [
        ("smtps://u:p@mail.example", r#"host: "mail.example", port: 465, protection: "TLS""#),
        ("smtp://u:p@Mail.example", r#"host: "mail.example", port: 587, protection: "STARTTLS""#),
        ("smtp://u:p@mail.example:2525/", r#"port: 2525, protection: "STARTTLS""#),
        ("smtp://192.0.2.1:2525", r#"host: "192.0.2.1", port: 2525, protection: "STARTTLS""#),
        ("smtp://localhost", r#"port: 25, protection: "none, to loopback""#),
        ("smtp://127.0.0.1:1025", r#"port: 1025, protection: "none, to loopback""#),
        ("smtp://[::1]:1025", r#"host: "::1", port: 1025, protection: "none, to loopback""#),
        ("smtps://localhost:1465", r#"port: 1465, protection: "TLS""#),
        // Names that only look like this machine.
        ("smtp://localhost.example", "STARTTLS"),
        ("smtp://127.0.0.1.example", "STARTTLS"),
    ] {
        let smtp = Smtp::new(url, FROM);
        assert!(smtp.problems().is_empty(), "{url}: {:?}", smtp.problems());
        let debug = format!("{smtp:?}");
        assert!(debug.contains(shown), "{url}: {debug}");
    }
}

#[test]
fn wrong_addresses_of_servers_say_what_to_write() {
    for (url, why) in [
        ("", "cannot be read"),
        ("mail.example:587", "neither `smtps://` nor `smtp://`"),
        ("https://u:p@mail.example", "neither `smtps://` nor `smtp://`"),
        ("smtp://", "names no host"),
        ("smtp://u:pa/ss@mail.example", "`%2F`"),
        ("smtp://u:pa#ss@mail.example", "`%23`"),
        ("smtp://u:pa?ss@mail.example", "`%3F`"),
        ("smtp://u:p@mail.example?tls=required", "nothing is set there"),
        ("smtp://u:p@mail.example/shop.example", "nothing is set there"),
        ("smtp://u:p@müller.example", "xn--"),
        ("smtp://u:p@mail.example:465", "begins with `smtp://`"),
        ("smtps://u:p@mail.example:587", "begins with `smtps://`"),
        ("smtp://u@mail.example", "a user and no password"),
        ("smtp://u:@mail.example", "a user and no password"),
        ("smtp://:p@mail.example", "a password and no user"),
        ("smtp://u:%ff@mail.example", "no text once it is decoded"),
        ("smtp://u:p%00@mail.example", "no text once it is decoded"),
    ] {
        let problem = problem(url);
        assert!(problem.contains(why) && problem.contains("smtps://user:password@mail.example"), "{url}: {problem}");
    }
    let long = format!("{} <a@x.example>", "x".repeat(1_000));
    for from in ["", "Shop", "a@x.example, b@x.example", "a@x.example\r\nBcc: b@x.example", "ü@x.example", &long] {
        let problems = Smtp::new("smtp://localhost", from).problems();
        assert!(problems.len() == 1 && problems.concat().contains("Shop <no-reply@shop.example>"), "{problems:?}");
    }
    let unset = Smtp::from_variables(|_| None).problems();
    assert!(unset.len() == 2 && unset[0].contains("SMTP_URL") && unset[1].contains("SMTP_FROM"), "{unset:?}");
    let variable = |name: &str| Some(if name == "SMTP_URL" { "smtp://localhost" } else { FROM }.to_owned());
    assert!(Smtp::from_variables(variable).problems().is_empty());
    let pem = Smtp::new("smtps://mail.example", FROM).root_certificate("nothing").problems();
    assert!(pem.len() == 1 && pem[0].contains("PEM"), "{pem:?}");
}

#[test]
fn no_password_is_printed() {
    let smtp = Smtp::new("smtp://user%40x:hunter2@mail.example", FROM);
    assert!(smtp.problems().is_empty());
    for wrong in ["smtp://u:hunter2@mail.example:x", "smtp://u:hunter2@", "smtp://u:hunter2#@x", "htp://u:hunter2@x"] {
        assert!(!problem(wrong).contains("hunter2"), "{}", problem(wrong));
        assert!(!format!("{:?}", Smtp::new(wrong, FROM)).contains("hunter2"));
    }
    assert!(!format!("{smtp:?}").contains("hunter2"), "{smtp:?}");
}

fn mail(text: &str) -> Mail {
    Mail {
        to: "ada@example.org".to_owned(),
        subject: "Neues Passwort für Zoë".to_owned(),
        text: text.to_owned(),
        html: Some(format!("<p>{text}</p>")),
        message_id: "<abc@app.example>".to_owned(),
        kind: LetterKind::ResetPassword,
    }
}

#[test]
fn a_message_has_the_headers_that_mail_needs() {
    let envelope = write(&mail("hello"), &sender("Ü <no-reply@shop.example>").unwrap()).unwrap();
    let text = String::from_utf8(envelope.text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    for header in [
        "\r\nTo: ada@example.org\r\n",
        "\r\nMessage-ID: <abc@app.example>\r\n",
        "\r\nAuto-Submitted: auto-generated\r\n",
        "\r\nMIME-Version: 1.0\r\n",
        "\r\nSubject: ",
        "\r\nDate: ",
        "<no-reply@shop.example>\r\n",
        "multipart/alternative",
        "=_abcappexample",
    ] {
        assert!(format!("\r\n{head}\r\n").contains(header), "{header}: {head}");
    }
    assert!(text.is_ascii() && body.contains("text/plain; charset=utf-8") && body.contains("text/html; charset=utf-8"));
    assert_eq!(body.matches("Content-Transfer-Encoding: quoted-printable").count(), 2);
    assert_eq!(envelope.to.to_string(), "ada@example.org");
}

#[test]
fn mail_05_a_recipient_is_one_mailbox_or_none() {
    let from = sender(FROM).unwrap();
    for to in [
        "",
        "ada",
        "ada@example.org, eve@example.org",
        "Ada <ada@example.org>",
        "ada@example.org\r\nRCPT TO:<eve@example.org>",
        "ada@example.org>\r\nRCPT TO:<eve@example.org",
        "ada@example.org\n",
        " ada@example.org",
    ] {
        assert!(write(&Mail { to: to.to_owned(), ..mail("x") }, &from).is_err(), "{to:?}");
    }
    let long = format!("{}@example.org", "a".repeat(64));
    assert!(write(&Mail { to: long, ..mail("x") }, &from).is_ok());
}

#[test]
fn mail_06_a_message_has_whole_line_ends_only() {
    for evil in
        ["a\n.\nb", "a\r.\rb", "a\r\n.\r\nb", "\nRCPT TO:<eve@evil.example>", "--=_abcappexample--", &"x".repeat(4_000)]
    {
        let message = Mail { subject: evil.to_owned(), ..mail(evil) };
        let text = String::from_utf8(write(&message, &sender(FROM).unwrap()).unwrap().text).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert!(lines.iter().all(|line| !line.contains(['\r', '\n']) && line.len() <= 998), "{text}");
        assert_eq!(lines.iter().filter(|line| line.starts_with("--=_")).count(), 3, "{text}");
        assert!(!text.split_once("\r\n\r\n").unwrap().0.contains("\r\nRCPT"), "{text}");
    }
}
