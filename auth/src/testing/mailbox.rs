use std::sync::{Arc, Mutex, PoisonError};

use super::fail;
use crate::mail::{LetterKind, Mail, MailError, Mailer};

/// A mailbox in memory that gets all mail of the application under test.
///
/// [`TestApp::start`](super::TestApp::start) puts one in place of the application's mailer, if it has set one:
/// [`TestApp::mailbox`](super::TestApp::mailbox). For an application that is built otherwise, hand a clone to
/// [`AuthBuilder::mailer`](crate::AuthBuilder::mailer), and call [`Auth::send_mail`](crate::Auth::send_mail) before you
/// look.
#[derive(Clone, Debug, Default)]
pub struct Mailbox {
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl Mailbox {
    /// Creates an empty mailbox.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns every mail, the oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<TestMail> {
        let mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().cloned().map(TestMail).collect()
    }

    /// Returns the last mail to this address.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn last_to(&self, address: &str) -> TestMail {
        let mails = self.all();
        let last = mails.iter().rfind(|mail| mail.0.to == address);
        last.cloned().unwrap_or_else(|| {
            let others: Vec<&str> = mails.iter().map(|mail| mail.0.to.as_str()).collect();
            fail(format_args!("there is no mail to `{address}`, but {} to others: {others:?}", others.len()))
        })
    }

    /// Returns the last mail of this kind to this address: a sign-in may cause a notice beside what was asked for.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn last(&self, kind: LetterKind, address: &str) -> TestMail {
        let mails = self.all();
        let last = mails.iter().rfind(|mail| mail.0.kind == kind && mail.0.to == address);
        last.cloned().unwrap_or_else(|| {
            let there: Vec<_> = mails.iter().map(|mail| (mail.0.kind, mail.0.to.as_str())).collect();
            fail(format_args!("there is no {kind:?} to `{address}`, but {there:?}"))
        })
    }

    /// Returns whether there is mail to this address.
    #[must_use]
    pub fn has_mail_to(&self, address: &str) -> bool {
        self.all().iter().any(|mail| mail.0.to == address)
    }
}

impl Mailer for Mailbox {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
        Ok(())
    }
}

/// A mail in a [`Mailbox`].
#[derive(Clone, Debug)]
pub struct TestMail(Mail);

impl TestMail {
    /// Returns the eight digits of the code in the text.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    #[track_caller]
    pub fn code(&self) -> String {
        let digits = |word: &str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
        let line = self.0.text.lines().find_map(|line| {
            let (first, second) = line.trim().split_once(' ')?;
            (digits(first) && digits(second)).then(|| format!("{first}{second}"))
        });
        line.unwrap_or_else(|| fail(format_args!("there is no line with a code in the mail `{}`", self.0.subject)))
    }

    /// Returns the link in the text.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn link(&self) -> String {
        let is_link = |word: &&str| word.starts_with("https://") || word.starts_with("http://");
        let link = self.0.text.split_whitespace().find(is_link);
        link.unwrap_or_else(|| fail(format_args!("there is no link in the mail `{}`", self.0.subject))).to_owned()
    }

    /// Returns the token that follows `t=` in the link.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn token(&self) -> String {
        let link = self.link();
        match link.split_once("t=") {
            Some((_, token)) => token.to_owned(),
            None => fail(format_args!("there is no token in the link `{link}`")),
        }
    }
}

/// What the mail says.
impl std::ops::Deref for TestMail {
    type Target = Mail;

    fn deref(&self) -> &Mail {
        &self.0
    }
}
