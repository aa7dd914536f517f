//! Mail, by the handle: how it leaves the application, and what is done with it.

use std::sync::Arc;
use std::time::Duration;

use super::{Auth, AuthBuilder};
use crate::base::error::AuthError;
use crate::mail::{BaseUrl, DynLetters, DynMailer, Letters, Mailer, Outbox, OutboxSettings};
use crate::model::user::AuthUser;

/// How often a process looks for due mail that it was not told about.
const INTERVAL: Duration = Duration::from_secs(5);
const LONGEST_INTERVAL: Duration = Duration::from_mins(1);

/// What the builder knows about mail.
pub(super) struct MailSettings<U: AuthUser> {
    mailer: Option<Arc<dyn DynMailer>>,
    letters: Arc<dyn DynLetters<U>>,
    base_url: Option<String>,
    interval: Duration,
}

impl<U: AuthUser> Default for MailSettings<U> {
    fn default() -> Self {
        Self { mailer: None, letters: Arc::new(()), base_url: None, interval: INTERVAL }
    }
}

impl<U: AuthUser> MailSettings<U> {
    /// Returns what is wrong with the settings.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let base = self.base_url.as_deref().map(BaseUrl::parse);
        if let Some(Err(problem)) = &base {
            problems.push(problem.clone());
        }
        if self.interval > LONGEST_INTERVAL {
            problems.push("`mail_interval` is over a minute: mail would wait as long after a restart".to_owned());
        }
        let Some(mailer) = &self.mailer else { return problems };
        if base.is_none() {
            problems.push(
                "a `mailer` needs to know where your pages are, for the links in mail: \
                 `.base_url(\"https://app.example\")`. It is never taken from a request, whose sender chooses the host"
                    .to_owned(),
            );
        }
        if mailer.is_for_development() && matches!(&base, Some(Ok(base)) if !base.is_loopback()) {
            problems.push(
                "the mailer is for development on localhost, and the base URL is of another host: set a mailer that \
                 sends"
                    .to_owned(),
            );
        }
        if !Outbox::<U>::has_addresses() {
            let name = U::SCHEMA.name;
            problems.push(format!(
                "`{name}` has no login with addresses, so nobody can get mail: a login whose name contains \"mail\" is one"
            ));
        }
        problems
    }

    /// Returns the settings of the outbox, if there is a mailer.
    pub(super) fn outbox(self) -> Option<OutboxSettings<U>> {
        let base = BaseUrl::parse(&self.base_url?).ok()?;
        Some(OutboxSettings { mailer: self.mailer?, letters: self.letters, base, interval: self.interval })
    }
}

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
