//! Where a conversation ended, and whether the mail is tried again.
//!
//! Only what a server says of the recipient ends a mail. A wrong password, or a sender that the server does not take,
//! would otherwise drop every mail until somebody notices. Nor is a 5xx after the text about the recipient by itself:
//! services that do not know a sender yet answer 554 there.
//!
//! An error ends up in logs. A server may repeat in its answer what it was given, so nothing of it is quoted from the
//! sign-in on, save for the codes: neither the password nor the recipient nor a link.

use std::error::Error as _;
use std::fmt::Write as _;
use std::{fmt, io};

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::response::{Code, Response, Severity};

use crate::mail::MailError;

/// The most characters of an answer that are quoted.
const MOST_QUOTED: usize = 160;

/// Where a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Connecting,
    Greeting,
    StartTls,
    SignIn,
    Sender,
    Recipient,
    Data,
    Text,
}

/// Why a conversation ended without success.
pub(super) enum Failure {
    Smtp(SmtpError),
    Network(io::Error),
    /// What the server lacks, or we: it stays so until somebody changes it.
    Setting(&'static str),
    /// A positive answer that is none to what was said.
    Unexpected(Response),
    Late,
}

impl From<SmtpError> for Failure {
    fn from(error: SmtpError) -> Self {
        Self::Smtp(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Network(error)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connecting => "connecting",
            Self::Greeting => "the greeting",
            Self::StartTls => "STARTTLS",
            Self::SignIn => "user and password",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Data => "DATA",
            Self::Text => "the text of the mail",
        })
    }
}

/// Returns what a failure means for the mail, and logs what the operator has to change.
pub(super) fn judge(step: Step, failure: &Failure) -> MailError {
    match failure {
        Failure::Late => MailError::retry(format!("the mail server took too long over {step}")),
        Failure::Network(error) => MailError::retry(format!("the mail server is not reached: {step}: {error}")),
        Failure::Setting(lack) => ours(lack),
        Failure::Unexpected(response) => {
            MailError::retry(format!("the mail server answers {step} with {}", response.code()))
        }
        Failure::Smtp(error) => match error.status() {
            Some(code) => refused(step, code, &error.source().map(ToString::to_string).unwrap_or_default()),
            None if error.is_response() || step == Step::SignIn => {
                MailError::retry(format!("the mail server answers {step} with something that is not SMTP"))
            }
            None => MailError::retry(format!("the mail server is not reached: {step}: {error}")),
        },
    }
}

/// The server answered 4xx or 5xx.
fn refused(step: Step, code: Code, text: &str) -> MailError {
    let status = EnhancedStatus::read(text);
    let mut answer = format!("the mail server refuses {step}: {code}");
    if let Some(status) = &status {
        let _ = write!(answer, " {}.{}.{}", status.0, status.1, status.2);
    }
    if matches!(step, Step::Greeting | Step::StartTls | Step::Sender) {
        let text: String = text.chars().filter(|c| !c.is_control()).take(MOST_QUOTED).collect();
        let _ = write!(answer, " ({text})");
    }
    if code.severity != Severity::PermanentNegativeCompletion {
        return MailError::retry(answer);
    }
    if is_about_the_recipient(step, code, status.as_ref()) { MailError::never(answer) } else { ours(&answer) }
}

/// It will not pass by waiting: somebody has to do something.
fn ours(what: &str) -> MailError {
    tracing::error!(
        target: "auth::mail",
        what,
        "the mail server refuses this application rather than a recipient: mail waits until address, user, password \
         and sender are what it accepts"
    );
    MailError::retry(what.to_owned())
}

/// Whether a 5xx is about the mailbox. Enhanced status codes are those of RFC 3463: the second number is 1 for addresses
/// (7 and 8 there: of the sender), 2 for mailboxes, 7 for policy.
fn is_about_the_recipient(step: Step, code: Code, status: Option<&EnhancedStatus>) -> bool {
    let of_mailbox = matches!(status, Some(EnhancedStatus(5, 1, detail)) if !matches!(detail, 7 | 8))
        || matches!(status, Some(EnhancedStatus(5, 2, _)));
    match step {
        Step::Recipient => match status {
            Some(EnhancedStatus(_, 1 | 2, _)) => of_mailbox,
            Some(EnhancedStatus(_, 5 | 7, _)) => false,
            // RFC 4954 §6: sign in first; RFC 5321 §4.2: commands that it does not know, or not now.
            _ => !matches!(u16::from(code), 500 | 502..=504 | 530 | 534 | 535 | 538),
        },
        Step::Data | Step::Text => of_mailbox,
        _ => false,
    }
}

/// An enhanced status code: `5.1.1`.
struct EnhancedStatus(u16, u16, u16);

impl EnhancedStatus {
    fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split_whitespace().next()?.split('.').map(|part| part.parse().ok());
        let status = Self(numbers.next()??, numbers.next()??, numbers.next()??);
        (matches!(status.0, 2 | 4 | 5) && numbers.next().is_none()).then_some(status)
    }
}

#[cfg(test)]
mod tests {
    use lettre::transport::smtp::response::{Category, Code, Detail, Severity};

    use super::{Step, refused};
    use crate::mail::MailError;

    fn code(number: u16) -> Code {
        let severity =
            if number >= 500 { Severity::PermanentNegativeCompletion } else { Severity::TransientNegativeCompletion };
        let category = match number / 10 % 10 {
            0 => Category::Syntax,
            2 => Category::Connections,
            3 => Category::Unspecified3,
            _ => Category::MailSystem,
        };
        let detail = [Detail::Zero, Detail::One, Detail::Two, Detail::Three, Detail::Four];
        Code::new(severity, category, detail[usize::from(number % 10)])
    }

    #[test]
    fn only_what_is_about_the_recipient_ends_a_mail() {
        for (step, number, text) in [
            (Step::Recipient, 550, ""),
            (Step::Recipient, 554, "no"),
            (Step::Recipient, 553, "mailbox name not allowed"),
            (Step::Recipient, 550, "5.1.1 no such user"),
            (Step::Recipient, 552, "5.2.2 full"),
            (Step::Data, 554, "5.1.1 no valid recipients"),
            (Step::Text, 550, "5.1.1 no such user"),
        ] {
            assert!(matches!(refused(step, code(number), text), MailError::Never(_)), "{step} {number} {text}");
        }
        for (step, number, text) in [
            (Step::Greeting, 554, "blocked"),
            (Step::StartTls, 501, ""),
            (Step::SignIn, 530, "5.7.8 wrong password"),
            (Step::Sender, 550, "5.1.1 sender unknown"),
            (Step::Recipient, 530, "sign in first"),
            (Step::Recipient, 503, ""),
            (Step::Recipient, 550, "5.7.1 relaying denied"),
            (Step::Recipient, 553, "5.1.8 bad sender"),
            (Step::Recipient, 450, "5.1.1"),
            (Step::Recipient, 421, ""),
            (Step::Data, 554, ""),
            (Step::Text, 554, "Message rejected: Email address is not verified"),
            (Step::Text, 552, "5.3.4 too big"),
            (Step::Text, 451, "4.7.1 grey"),
        ] {
            assert!(matches!(refused(step, code(number), text), MailError::Retry(_)), "{step} {number} {text}");
        }
    }

    #[test]
    fn errors_quote_nothing_that_the_server_was_given() {
        let echo = "5.7.1 no: hunter2 ada@example.org https://app.example/reset#t=x\r\nforged line";
        for step in [Step::SignIn, Step::Recipient, Step::Data, Step::Text] {
            let error = format!("{:?}", refused(step, code(550), echo));
            assert!(error.contains("550 5.7.1") && !error.contains("no:"), "{error}");
        }
        let error = format!("{:?}", refused(Step::Sender, code(550), echo));
        assert!(error.contains("no: hunter2") && !error.contains("\\r"), "{error}");
    }
}
