//! Reads what the parent module writes. It is no reader of other people's mail: what it does not know is `None`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A message in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) to: String,
    pub(crate) subject: String,
    /// When it was written, as in the file (RFC 5322 §3.3).
    pub(crate) date: String,
    pub(crate) text: String,
    pub(crate) html: Option<String>,
}

impl Message {
    /// Reads a message.
    pub(crate) fn read(message: &str) -> Option<Self> {
        let part = Part::read(message)?;
        let bodies = match part.boundary() {
            Some(boundary) => Part::within(part.body, boundary)?,
            None => vec![Part { head: part.head.clone(), body: part.body }],
        };
        let body = |kind: &str| bodies.iter().find(|part| part.is(kind)).map(Part::text);
        Some(Self {
            to: part.header("To")?.to_owned(),
            subject: words(part.header("Subject")?)?,
            date: part.header("Date")?.to_owned(),
            text: body("text/plain")??,
            html: match body("text/html") {
                Some(html) => Some(html?),
                None => None,
            },
        })
    }
}

/// A message, or one of its parts: headers, an empty line, a body.
struct Part<'a> {
    /// Without the line ends within a header.
    head: String,
    body: &'a str,
}

impl<'a> Part<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        Some(Self { head: head.replace("\r\n ", " "), body })
    }

    /// Reads the parts that lines with this boundary separate.
    fn within(body: &'a str, boundary: &str) -> Option<Vec<Self>> {
        let line = format!("--{boundary}");
        let (parts, _) = body.rsplit_once(&format!("{line}--"))?;
        parts.split(&format!("{line}\r\n")).skip(1).map(Self::read).collect()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    fn is(&self, kind: &str) -> bool {
        self.header("Content-Type").is_some_and(|value| value.starts_with(kind))
    }

    fn boundary(&self) -> Option<&str> {
        let (_, boundary) = self.header("Content-Type")?.split_once("boundary=\"")?;
        boundary.strip_suffix('"')
    }

    fn text(&self) -> Option<String> {
        let text = match self.header("Content-Transfer-Encoding")? {
            "8bit" => self.body.to_owned(),
            "base64" => decoded(&self.body.replace("\r\n", ""))?,
            _ => return None,
        };
        Some(text.replace("\r\n", "\n"))
    }
}

/// Reads a header whose words may be encoded (RFC 2047).
fn words(value: &str) -> Option<String> {
    if !value.starts_with("=?") {
        return Some(value.to_owned());
    }
    value.split(' ').map(|word| decoded(word.strip_prefix("=?UTF-8?B?")?.strip_suffix("?=")?)).collect()
}

fn decoded(base64: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Message;
    use crate::mail::Mail;
    use crate::mail::mime::message;
    use crate::model::event::LetterKind;

    proptest! {
        /// Whatever a letter says, the page shows what was written.
        #[test]
        fn what_was_written_is_read(subject in ".{0,80}", text in "(?s).{0,200}", html in proptest::option::of("(?s).{0,200}")) {
            let mail = Mail {
                to: "ada@example.org".to_owned(),
                subject: subject.clone(),
                text: text.clone(),
                html: html.clone(),
                message_id: "<Xq-7_Zz0123456789abcdef@app.example>".to_owned(),
                kind: LetterKind::ResetPassword,
            };
            let read = Message::read(&message(&mail, "auth <no-reply@localhost>", "15 Jan 2027 08:00:00 +0000"));
            let printable: String = subject.chars().filter(|c| !c.is_control()).collect();
            prop_assert_eq!(read, Some(Message {
                to: mail.to,
                subject: printable,
                date: "15 Jan 2027 08:00:00 +0000".to_owned(),
                text,
                html,
            }));
        }

        #[test]
        fn other_files_are_no_messages(text in "(?s).{0,300}") {
            prop_assert_eq!(Message::read(&text), None);
        }
    }
}
