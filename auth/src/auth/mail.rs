//! Mail, by the handle: how it leaves the application, and what is done with it.

use std::sync::Arc;
use std::time::Duration;

use super::{Auth, AuthBuilder};
use crate::account::AddressChangePolicy;
use crate::base::error::AuthError;
use crate::mail::{Letters, LinkStyle, MailDirectory, Mailer};
use crate::model::user::AuthUser;

impl<U: AuthUser> AuthBuilder<U> {
    /// Sets how mail leaves the application, which switches on what needs mail: forgotten passwords, confirmation and
    /// change of addresses, and notices of what has happened to an account. It needs a [`base_url`](Self::base_url), and a login with
    /// addresses: one whose name contains "mail".
    ///
    /// ```
    /// # use auth::{AuthBuilder, AuthUser, mail::Mailer};
    /// # fn demo<U: AuthUser>(builder: AuthBuilder<U>, provider: impl Mailer) -> AuthBuilder<U> {
    /// builder.base_url("https://app.example").mailer(provider)
    /// # }
    /// ```
    pub fn mailer(mut self, mailer: impl Mailer) -> Self {
        self.mail.directory = mailer.directory().cloned();
        self.mail.mailer = Some(Arc::new(mailer));
        self
    }

    /// Sets the address below which your pages are: `https://app.example`, or with a path. Links in mail go to these pages
    /// there, with a token in the fragment (`…/reset#t=…`) that the page posts:
    ///
    /// | page | posts to |
    /// |---|---|
    /// | `reset` | `/password/reset`, with a new password |
    /// | `sign-in` | `/sign-in/mail/link` |
    /// | `confirm-sign-up` | `/sign-in/mail/link` |
    /// | `verify` | `/email/verify`, signed in |
    /// | `change-address` | `/email/change/confirm` |
    /// | `undo-address-change` | `/email/change/undo` |
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.mail.base_url = Some(url.into());
        self
    }

    /// Sets what mails say, in place of the built-in letters.
    pub fn letters(mut self, letters: impl Letters<U>) -> Self {
        self.mail.letters = Arc::new(letters);
        self
    }

    /// Sets where links have their token: in the fragment, or in the query for pages that work without a script.
    pub fn links(mut self, style: LinkStyle) -> Self {
        self.mail.links = style;
        self
    }

    /// Lets people sign in with a mailed code or link, in place of a password: off by default. A mailbox is then as good as
    /// a password, and as weak as whatever protects it.
    pub fn mail_sign_in(mut self, on: bool) -> Self {
        self.mail.sign_in = on;
        self
    }

    /// Sets who confirms a change of address: both addresses by default.
    pub fn address_changes(mut self, policy: AddressChangePolicy) -> Self {
        self.mail.address_changes = policy;
        self
    }

    /// Sets how often this process looks for due mail that another one has left: every 5 seconds by default, at most a
    /// minute. What this process itself stores, it sends at once. With zero it sends only by
    /// [`Auth::send_mail`](super::Auth::send_mail): for tests, and where other processes do.
    pub fn mail_interval(mut self, every: Duration) -> Self {
        self.mail.interval = every;
        self
    }

    /// Puts a mailbox for tests in place of the mailer, if there is one.
    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "for the test kit"))]
    pub(crate) fn mail_into(self, mailbox: impl Mailer) -> Self {
        if self.mail.mailer.is_none() {
            return self;
        }
        let directory = self.mail.directory.clone();
        let mut builder = self.mailer(mailbox).mail_interval(Duration::ZERO);
        // The routes stay those of the application.
        builder.mail.directory = directory;
        builder
    }
}

impl<U: AuthUser> Auth<U> {
    /// Sends the mail that is due, and returns how many mails were sent. A task does so automatically; call this where
    /// no task can run, or in a test.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed; what could not be sent is tried again.
    pub async fn send_mail(&self) -> Result<usize, AuthError> {
        match &self.inner.outbox {
            Some(outbox) => Ok(outbox.sweep().await?),
            None => Ok(0),
        }
    }

    /// Whether this application sends mail.
    pub(crate) fn has_mail(&self) -> bool {
        self.inner.outbox.is_some()
    }

    /// Where mail is kept in development.
    pub(crate) fn mail_directory(&self) -> Option<&MailDirectory> {
        self.inner.outbox.as_ref()?.directory()
    }

    /// Whether people sign in by mail.
    pub(crate) fn has_mail_sign_in(&self) -> bool {
        self.has_mail() && self.inner.mail_sign_in
    }
}
