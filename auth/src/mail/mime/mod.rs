//! A mail as a message (RFC 5322, RFC 2045), for files that mail programs open. Text that looks like anything else than
//! lines of a letter is base64, so none can end a header or a part; other text can be read and searched in the file.
//! (What is sent is written by lettre, which builds without `smtp` need not have.)

mod read;

pub(crate) use read::Message;

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Mail;

/// The longest line that base64 is broken into (RFC 2045 §6.8).
const LINE: usize = 76;

/// Returns the message, from `from`, dated `date` (RFC 5322 §3.3).
pub(super) fn message(mail: &Mail, from: &str, date: &str) -> String {
    let Mail { to, subject, text, html, message_id, .. } = mail;
    let mut out = String::new();
    for (name, value) in [("From", from), ("To", to.as_str()), ("Message-ID", message_id.as_str()), ("Date", date)] {
        let _ = write!(out, "{name}: {}\r\n", printable(value));
    }
    let _ = write!(out, "Subject: {}\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n", word(subject));
    let boundary = boundary(message_id);
    match html {
        Some(html) => {
            let _ = write!(out, "Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n\r\n");
            for (kind, content) in [("plain", text), ("html", html)] {
                let _ = write!(out, "--{boundary}\r\n");
                part(&mut out, kind, content);
            }
            let _ = write!(out, "--{boundary}--\r\n");
        }
        None => part(&mut out, "plain", text),
    }
    out
}

fn part(out: &mut String, kind: &str, content: &str) {
    if kind == "plain" && is_plain(content) {
        let text = content.replace('\n', "\r\n");
        let _ = write!(out, "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}");
        return;
    }
    let _ = write!(out, "Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    let encoded = STANDARD.encode(content.replace('\n', "\r\n"));
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(LINE).unwrap_or((rest, ""));
        let _ = write!(out, "{line}\r\n");
        rest = after;
    }
}

/// Whether a text can stand in a message as it is: short lines (RFC 5322 §2.1.1) that are neither the end of a mail nor
/// that of a part.
fn is_plain(text: &str) -> bool {
    let is_line = |line: &str| line.len() < 500 && !line.starts_with(['.', '-']) && !line.contains(char::is_control);
    text.ends_with('\n') && text.lines().all(is_line) && !text.contains('\r')
}

/// A line that separates parts: no base64 has a `=` in front of letters.
fn boundary(message_id: &str) -> String {
    let id: String = message_id.chars().filter(char::is_ascii_alphanumeric).take(22).collect();
    format!("=_{id}")
}

/// Encodes words that are not plain ASCII (RFC 2047): at most 45 bytes each, so that a word has at most 75 characters.
fn word(text: &str) -> String {
    let text = printable(text);
    // Nor what only looks like an encoded word.
    if text.is_ascii() && !text.contains("=?") {
        return text;
    }
    let (mut words, mut word) = (Vec::new(), String::new());
    for c in text.chars() {
        if word.len() + c.len_utf8() > 45 {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let encoded = words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join("\r\n ")
}

/// Leaves out what would end the line.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::message;
    use crate::mail::Mail;
    use crate::model::event::LetterKind;

    fn mail(subject: &str, text: &str) -> Mail {
        Mail {
            to: "ada@example.org".to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: Some(format!("<p>{text}</p>")),
            message_id: "<abc@app.example>".to_owned(),
            kind: LetterKind::ResetPassword,
        }
    }

    #[test]
    fn no_text_ends_a_header_or_a_part() {
        for evil in ["x\r\nBcc: eve@evil.example", "a\n.\nb", "--=_abcappexample--", "\r.\r", "=\r\n"] {
            let message = message(&mail(evil, evil), "auth <no-reply@app.example>", "now");
            let lines: Vec<&str> = message.split("\r\n").collect();
            assert!(lines.iter().all(|line| !line.contains(['\r', '\n']) && *line != "." && line.len() < 120));
            assert!(!lines.iter().any(|line| line.starts_with("Bcc")), "{message}");
            assert_eq!(lines.iter().filter(|line| line.starts_with("--=_")).count(), 3, "{message}");
        }
    }

    #[test]
    fn a_letter_is_readable_text_in_its_file() {
        let message = message(&mail("x", "Grüße:\n\n1234 5678\n"), "a@b.example", "now");
        assert!(message.contains("8bit\r\n\r\nGrüße:\r\n\r\n1234 5678\r\n--=_"), "{message}");
    }

    #[test]
    fn a_subject_beyond_ascii_is_encoded_in_short_words() {
        let message = message(&mail(&"Neues Passwort für Zoë ".repeat(5), "x"), "a@b.example", "now");
        assert!(message.is_ascii());
        assert!(message.split("\r\n").all(|line| line.len() <= 90));
        assert!(message.contains("Subject: =?UTF-8?B?"));
        let encoded = super::message(&mail("=?UTF-8?Q?Ada?=", "x"), "a@b.example", "now");
        assert!(encoded.contains("Subject: =?UTF-8?B?") && !encoded.contains("?Q?"), "{encoded}");
    }
}
