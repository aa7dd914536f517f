//! A mail as a message (RFC 5322), written by lettre.
//!
//! Bodies are always quoted-printable. So there is no bare line end in what is sent, at which a server that takes one for
//! a whole one would see the end of the mail and commands behind it (RUSTSEC-2026-0561, "SMTP smuggling"), and no line
//! that is too long. That is checked once more at the end, whatever lettre does.

use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};

use crate::base::clock::{Clock as _, SystemClock};
use crate::mail::Mail;

/// How a sender is written.
pub(super) const SENDER_LIKE: &str = "write the sender as `Shop <no-reply@shop.example>`";

/// The longest line without its end (RFC 5322 §2.1.1).
const LINE: usize = 998;

/// The most characters of a subject: the letters of an application may put a name of any length there, and a line that is
/// too long would keep the mail back.
const SUBJECT: usize = 200;
/// The most characters of a sender, for the same reason.
const SENDER: usize = 320;

/// A mail as it is handed over.
pub(super) struct Envelope {
    pub(super) to: Address,
    pub(super) text: Vec<u8>,
    /// Whether the address needs SMTPUTF8 (RFC 6531).
    pub(super) is_international: bool,
}

/// Reads the sender.
///
/// # Errors
/// What is wrong with it, and how it is written.
pub(super) fn sender(text: &str) -> Result<Mailbox, String> {
    let text = text.trim();
    let wrong = |why: &str| format!("the sender of mail, `{}`, {why}: {SENDER_LIKE}", text.escape_debug());
    let mailbox: Mailbox = text.parse().map_err(|_| wrong("is no mailbox"))?;
    let address: &str = mailbox.email.as_ref();
    // lettre reads as far as it understands.
    if text.chars().any(char::is_control) || !text.trim_end_matches('>').ends_with(address) {
        return Err(wrong("is more than one mailbox"));
    }
    if text.chars().nth(SENDER).is_some() {
        return Err(wrong("is too long"));
    }
    if !address.is_ascii() {
        return Err(wrong("has an address beyond ASCII, which some servers do not take"));
    }
    Ok(mailbox)
}

/// Writes a mail.
///
/// # Errors
/// Why it cannot be sent, now or later.
pub(super) fn write(mail: &Mail, from: &Mailbox) -> Result<Envelope, &'static str> {
    let to: Address = mail.to.parse().map_err(|_| "the recipient is no mailbox")?;
    if to.as_ref() as &str != mail.to {
        return Err("the recipient is more than a mailbox");
    }
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(subject(&mail.subject))
        .message_id(Some(mail.message_id.clone()))
        .date(SystemClock.now().into())
        // RFC 3834 §5: nobody is to answer it automatically.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    let plain = part(ContentType::TEXT_PLAIN, &mail.text)?;
    let message = match &mail.html {
        None => message.singlepart(plain),
        Some(html) => {
            let html = part(ContentType::TEXT_HTML, html)?;
            let alternatives = MultiPart::alternative().boundary(boundary(&mail.message_id)).build();
            message.multipart(alternatives.singlepart(plain).singlepart(html))
        }
    };
    let text = message.map_err(|_| "the message could not be written")?.formatted();
    let is_international = !mail.to.is_ascii();
    if !is_whole(&text) || (!text.is_ascii() && !is_international) {
        return Err("the message has a line that no server must be sent");
    }
    Ok(Envelope { to, text, is_international })
}

/// Returns a subject that is read as it was written. lettre leaves ASCII as it is, and what a user calls an encoded word
/// (RFC 2047) would be decoded.
fn subject(text: &str) -> String {
    text.replace("=?", "= ?").chars().take(SUBJECT).collect()
}

fn part(kind: ContentType, text: &str) -> Result<SinglePart, &'static str> {
    // Whatever ends a line: a lone one would be text, encoded, and shown as a box.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let body = Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable)
        .map_err(|_| "the text could not be encoded")?;
    Ok(SinglePart::builder().content_type(kind).body(body))
}

/// A line that separates parts: quoted-printable has no `=` in front of `_`, so no text contains it.
fn boundary(message_id: &str) -> String {
    let id: String = message_id.chars().filter(char::is_ascii_alphanumeric).take(22).collect();
    format!("=_{id}")
}

/// Whether every line end is a whole one, and no line is too long.
fn is_whole(text: &[u8]) -> bool {
    text.split_inclusive(|byte| *byte == b'\n').all(|line| {
        let line = match line.strip_suffix(b"\n") {
            Some(line) => line.strip_suffix(b"\r"),
            None => Some(line),
        };
        line.is_some_and(|line| line.len() <= LINE && !line.contains(&b'\r'))
    })
}
