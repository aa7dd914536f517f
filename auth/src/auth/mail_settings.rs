//! What the builder is told about mail, and what is wrong with it.

use std::sync::Arc;
use std::time::Duration;

use crate::mail::{BaseUrl, DynLetters, DynMailer, Outbox, OutboxSettings};
use crate::model::user::AuthUser;

/// How often a process looks for due mail that it was not told about.
const INTERVAL: Duration = Duration::from_secs(5);
const LONGEST_INTERVAL: Duration = Duration::from_mins(1);

/// What the builder knows about mail.
pub(super) struct MailSettings<U: AuthUser> {
    pub(super) mailer: Option<Arc<dyn DynMailer>>,
    pub(super) letters: Arc<dyn DynLetters<U>>,
    pub(super) base_url: Option<String>,
    pub(super) interval: Duration,
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
        problems.extend(mailer.problems());
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
