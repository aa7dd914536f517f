//! Mail, by the handle: how it leaves the application, and what is done with it.

use std::sync::Arc;
use std::time::Duration;

use super::{Auth, AuthBuilder};
use crate::base::error::AuthError;
use crate::mail::{Letters, Mailer};
use crate::model::user::AuthUser;

impl<U: AuthUser> AuthBuilder<U> {
    /// Sets how mail leaves the application, which switches on what needs mail: `POST /password/forgot` and
    /// `/password/reset`, and notices of changed passwords. It needs a [`base_url`](Self::base_url), and a login with
    /// addresses: one whose name contains "mail".
    ///
    /// ```
    /// # use auth::{AuthBuilder, AuthUser, mail::Mailer};
    /// # fn demo<U: AuthUser>(builder: AuthBuilder<U>, provider: impl Mailer) -> AuthBuilder<U> {
    /// builder.base_url("https://app.example").mailer(provider)
    /// # }
    /// ```
    pub fn mailer(mut self, mailer: impl Mailer) -> Self {
        self.mail.mailer = Some(Arc::new(mailer));
        self
    }

    /// Sets the address below which your pages are: `https://app.example`, or with a path. Links in mail go to pages
    /// there: `…/reset#t=…` is the page that sets a new password.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.mail.base_url = Some(url.into());
        self
    }

    /// Sets what mails say, in place of the built-in letters.
    pub fn letters(mut self, letters: impl Letters<U>) -> Self {
        self.mail.letters = Arc::new(letters);
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
        if self.mail.mailer.is_some() { self.mailer(mailbox).mail_interval(Duration::ZERO) } else { self }
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
}
