//! What the builder is told about mail, and what is wrong with it.

use std::sync::Arc;
use std::time::Duration;

use crate::account::AddressChangePolicy;
use crate::mail::{BaseUrl, DynLetters, DynMailer, LinkStyle, MailDirectory, Outbox, OutboxSettings};
use crate::model::user::AuthUser;

/// How often a process looks for due mail that it was not told about.
const INTERVAL: Duration = Duration::from_secs(5);
const LONGEST_INTERVAL: Duration = Duration::from_mins(1);

/// What the builder knows about mail.
pub(super) struct MailSettings<U: AuthUser> {
    pub(super) mailer: Option<Arc<dyn DynMailer>>,
    /// What the mailer of the application keeps: also in a test, whose mailbox takes the place of that mailer.
    pub(super) directory: Option<MailDirectory>,
    pub(super) letters: Arc<dyn DynLetters<U>>,
    pub(super) base_url: Option<String>,
    pub(super) interval: Duration,
    pub(super) links: LinkStyle,
    /// Whether people may sign in by mail.
    pub(super) sign_in: bool,
    pub(super) address_changes: AddressChangePolicy,
}

impl<U: AuthUser> Default for MailSettings<U> {
    fn default() -> Self {
        Self {
            mailer: None,
            directory: None,
            letters: Arc::new(()),
            base_url: None,
            interval: INTERVAL,
            links: LinkStyle::default(),
            sign_in: false,
            address_changes: AddressChangePolicy::default(),
        }
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
        let Some(mailer) = &self.mailer else {
            problems.extend(self.needing_mail());
            return problems;
        };
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
                "`{name}` has no login with addresses, so nobody can get mail: a login whose name contains \"mail\" is one, \
                 and so is one under `#[auth(login, mail)]`"
            ));
        }
        problems
    }

    /// Returns what asks for a mailer that is not there.
    fn needing_mail(&self) -> impl Iterator<Item = String> {
        let name = U::SCHEMA.name;
        let required = U::SCHEMA.verified_required.then(|| {
            format!(
                "`{name}` has `verified(required)`, so nobody can sign up without a mail: set a `mailer` and a `base_url`, \
                 or write `verified`"
            )
        });
        let sign_in = self.sign_in.then(|| "`mail_sign_in` needs a `mailer` and a `base_url`".to_owned());
        required.into_iter().chain(sign_in)
    }

    /// Returns the settings of the outbox, if there is a mailer.
    pub(super) fn outbox(self) -> Option<OutboxSettings<U>> {
        let base = BaseUrl::parse(&self.base_url?).ok()?;
        let Self { mailer, directory, letters, interval, links, .. } = self;
        Some(OutboxSettings { mailer: mailer?, directory, letters, base, links, interval })
    }
}
