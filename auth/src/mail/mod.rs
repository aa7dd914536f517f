//! Mail: what is sent, by whom, and in which words.
//!
//! An application says how mail leaves it ([`Mailer`]) and where its pages are
//! ([`base_url`](crate::AuthBuilder::base_url)); then the routes for forgotten passwords are there. The guide has a page
//! on it.
//!
//! Nothing that somebody could use is stored. Links and codes are derived from the secret and the id of a record
//! (`token`), so mail that waits in the outbox has neither, and whoever reads the database can reset nothing. A random
//! token stored as a hash would do for links, but not for codes: a million of them are tried in a second, and the outbox
//! would have to hold the text.
//!
//! A mail is not sent by the request that causes it. That request would take as long as a mail server, which also tells
//! who has an account; and a mail server that is away would lose the mail. So it writes a record (`outbox`), and a task
//! sends it (`worker`).

mod base_url;
mod compose;
mod deliver;
mod directory;
mod letters;
mod mime;
mod notice;
mod outbox;
mod queued;
mod recipient;
#[cfg(feature = "smtp")]
mod smtp;
mod token;
#[cfg(feature = "cli")]
mod waiting;
mod worker;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::base::error::other_errors;

pub(crate) use base_url::BaseUrl;
pub use base_url::LinkStyle;
pub use directory::MailDirectory;
pub(crate) use directory::{Kept, MailId};
pub(crate) use letters::{DynLetters, escaped};
pub use letters::{Html, Letter, Letters, Written};
pub(crate) use mime::Message;
pub(crate) use outbox::{Outbox, OutboxSettings};
pub(crate) use queued::NewMail;
pub(crate) use recipient::{mailbox, recipient};
#[cfg(fuzzing)]
pub(crate) use token::fuzz;
#[cfg(feature = "cli")]
pub(crate) use token::id_in as mail_token_id;
#[cfg_attr(not(feature = "password"), allow(unused_imports, reason = "passwords are what is reset"))]
pub(crate) use token::{
    AddressChangeData, Binding, MailPurpose, MailToken, MailTokens, ReservedData, SignInData, SignUpData, TokenText,
    UndoData,
};
#[cfg(feature = "cli")]
pub(crate) use waiting::Waiting;

pub use crate::model::event::LetterKind;
#[cfg(feature = "smtp")]
pub use smtp::Smtp;

/// How long after their end the records of a mail and its token stay in the store, so that `maintenance` of an instance
/// whose clock is ahead does not remove what others are about to send, and that whoever gives it up can report it.
const OUTLIVES_BY: Duration = Duration::from_hours(2);

/// A mail to one recipient. It holds a link or a code that lets its reader act for the recipient, so `Debug` does not
/// print what it says.
#[derive(Clone)]
#[non_exhaustive]
pub struct Mail {
    /// The one mailbox it goes to: the address of the account as it is stored, in canonical form.
    pub to: String,
    /// The subject, without line ends or anything that a user has chosen.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML, if there is one.
    pub html: Option<String>,
    /// The `Message-ID`, with its angle brackets. It stays the same when a mail is sent again, because nobody knows
    /// whether the first copy has arrived.
    pub message_id: String,
    /// What it is about.
    pub kind: LetterKind,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("message_id", &self.message_id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Sends mail: through SMTP (`Smtp`, with the feature `smtp`), a service of your provider, or into a directory
/// ([`MailDirectory`]) in development.
///
/// ```
/// use auth::mail::{Mail, MailError, Mailer};
///
/// struct Provider;
/// # impl Provider { async fn post(&self, _: &str, _: &str) -> Result<u16, std::io::Error> { Ok(202) } }
///
/// impl Mailer for Provider {
///     async fn send(&self, mail: &Mail) -> Result<(), MailError> {
///         match self.post(&mail.to, &mail.text).await {
///             Ok(202) => Ok(()),
///             Ok(status @ 400..500) => Err(MailError::never(format!("refused with {status}"))),
///             Ok(status) => Err(MailError::retry(format!("answered {status}"))),
///             Err(error) => Err(MailError::retry(error)),
///         }
///     }
/// }
/// ```
pub trait Mailer: Send + Sync + 'static {
    /// Hands the mail over. It is called on a task of its own, so it may take its time, but not more than 30 seconds:
    /// then, or if it panics, the mail is tried again. A mail may come twice, with the same
    /// [`message_id`](Mail::message_id).
    fn send(&self, mail: &Mail) -> impl Future<Output = Result<(), MailError>> + Send;

    /// Whether it is for development only: then `build()` refuses it with pages that are not on localhost.
    fn is_for_development(&self) -> bool {
        self.directory().is_some()
    }

    /// Where it keeps what it does not send, for
    /// [`Auth::development_mailbox`](crate::Auth::development_mailbox) to show.
    fn directory(&self) -> Option<&MailDirectory> {
        None
    }

    /// What is wrong with its settings: `build()` reports it, with every other mistake.
    fn problems(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The reason a mail was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// Try again later: the server is away, busy, or answers with a 4xx of SMTP.
    #[error("the mail was not taken for now")]
    Retry(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Never try again: the server knows that there is no such mailbox (a 5xx of SMTP).
    #[error("the mail was refused")]
    Never(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl MailError {
    /// Says that the mail may be taken later.
    pub fn retry(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Retry(source.into())
    }

    /// Says that the mail will never be taken.
    pub fn never(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Never(source.into())
    }
}

other_errors!(MailError);

type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>>;

/// Object-safe [`Mailer`].
pub(crate) trait DynMailer: Send + Sync + 'static {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a>;
    fn is_for_development(&self) -> bool;
    fn problems(&self) -> Vec<String>;
}

impl<M: Mailer> DynMailer for M {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(Mailer::send(self, mail))
    }

    fn is_for_development(&self) -> bool {
        Mailer::is_for_development(self)
    }

    fn problems(&self) -> Vec<String> {
        Mailer::problems(self)
    }
}
