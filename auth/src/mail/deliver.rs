//! One mail: leased, checked once more, written, sent, and taken out or put off.
//!
//! Much may have happened since somebody asked for it: the row was rolled back, deleted or disabled, has another
//! address, or the link was used. Then nobody gets it. So what a request wrote for an account that does not exist ends
//! here, too, and no request tells by its writes whether there is one.

use std::time::Duration;

use tokio::time::timeout;

use super::outbox::{Outbox, is_left_alone};
use super::queued::Queued;
use super::token::{MailPurpose, Shown};
use super::{Letter, Mail, MailError, recipient};
use crate::base::catch_panic::catch_panic;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, LetterKind};
use crate::model::user::AuthUser;
use crate::store::{Record, StoreError};

/// How long the sender of a mail has it to itself.
const LEASE: Duration = Duration::from_mins(1);
/// How long a mailer may take, which is well within the lease.
const LONGEST: Duration = Duration::from_secs(30);
/// When a mail that was not taken is tried again: after the first failure, the second, …; then as after the last.
const RETRIES: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
];
/// When a record is looked at again that this release cannot read. A later one may.
const UNREADABLE: Duration = Duration::from_hours(24);
/// The page that a link opens.
const RESET_PAGE: &str = "reset";

impl<U: AuthUser> Outbox<U> {
    /// Sends one mail that is due, unless somebody else does. Returns whether it was sent.
    pub(super) async fn deliver(&self, mut record: Record) -> Result<bool, StoreError> {
        let now = self.now();
        let queued = serde_json::from_str::<Queued>(&record.value).ok();
        let Some((queued, kind)) = queued.and_then(|queued| queued.kind().map(|kind| (queued, kind))) else {
            tracing::warn!(target: "auth::mail", key = record.key, "a waiting mail cannot be read by this release");
            return self.postpone(&mut record, UNREADABLE).await.map(|_| false);
        };
        if is_left_alone(&record, now) {
            return Ok(false);
        }
        if record.expires_at <= now {
            self.done(&record).await?;
            if self.addressee(&queued, &record).await?.is_some() {
                self.tell(EventKind::MailFailed { user: record.owner, letter: kind });
            }
            return Ok(false);
        }
        if !self.postpone(&mut record, LEASE).await? {
            return Ok(false);
        }
        let Some(mail) = self.mail(&queued, kind, &record).await? else {
            return self.done(&record).await.map(|()| false);
        };
        let sent = catch_panic(timeout(LONGEST, self.settings.mailer.send(&mail))).await;
        let (user, letter) = (record.owner.clone(), kind);
        match sent {
            Some(Ok(Ok(()))) => {
                self.done(&record).await?;
                self.tell(EventKind::MailSent { user, letter });
                Ok(true)
            }
            Some(Ok(Err(error @ MailError::Never(_)))) => {
                say(&error, &mail);
                self.done(&record).await?;
                self.tell(EventKind::MailFailed { user, letter });
                Ok(false)
            }
            Some(Ok(Err(error @ MailError::Retry(_)))) => self.again(record, queued, kind, &mail, &error).await,
            Some(Err(late)) => self.again(record, queued, kind, &mail, &MailError::retry(late)).await,
            None => self.again(record, queued, kind, &mail, &MailError::retry("the mailer panicked")).await,
        }
    }

    /// Puts a mail off that was not taken.
    async fn again(
        &self,
        mut record: Record,
        mut queued: Queued,
        letter: LetterKind,
        mail: &Mail,
        error: &MailError,
    ) -> Result<bool, StoreError> {
        say(error, mail);
        let failures = usize::try_from(queued.failures).unwrap_or(usize::MAX);
        let [.., longest] = RETRIES;
        let pause = RETRIES.get(failures).copied().unwrap_or(longest);
        let user = record.owner.clone();
        if self.now() + pause >= record.expires_at {
            self.done(&record).await?;
            self.tell(EventKind::MailFailed { user, letter });
            return Ok(false);
        }
        queued.failures = queued.failures.saturating_add(1);
        record.value = serde_json::to_string(&queued).map_err(StoreError::corrupt)?;
        self.postpone(&mut record, pause).await?;
        self.tell(EventKind::MailDelayed { user, letter });
        Ok(false)
    }

    /// Makes it due later. Returns whether it was still there as it was read.
    async fn postpone(&self, record: &mut Record, by: Duration) -> Result<bool, StoreError> {
        record.changed_at = self.now() + by;
        let done = self.records.replace(record).await?;
        record.version = record.version.saturating_add(1);
        Ok(done)
    }

    async fn done(&self, record: &Record) -> Result<(), StoreError> {
        self.records.take(&record.kind, &record.key).await.map(drop)
    }

    /// Returns who is to get the mail, and where: the user, if they still have the address that they had.
    async fn addressee(&self, queued: &Queued, record: &Record) -> Result<Option<(U, String)>, StoreError> {
        let Ok(id) = record.owner.parse::<U::Id>() else { return Ok(None) };
        let user = match self.users.find(&id).await {
            // Nobody can sign in to it, either.
            Err(error) if error.is_corrupt() => None,
            row => row?,
        };
        let Some(user) = user else { return Ok(None) };
        let to = recipient(&user, self.address());
        let to = to.filter(|to| self.tokens().is_fingerprint(&queued.address, &record.owner, to));
        Ok(to.map(|to| (user, to)))
    }

    /// Writes the mail; `None` if nobody is to get it.
    async fn mail(&self, queued: &Queued, kind: LetterKind, record: &Record) -> Result<Option<Mail>, StoreError> {
        let Some((user, to)) = self.addressee(queued, record).await? else { return Ok(None) };
        let locale = queued.locale();
        let base = &self.settings.base;
        let letters = &self.settings.letters;
        let written = match kind {
            LetterKind::ResetPassword => {
                let Some(token) = &queued.token else { return Ok(None) };
                let token = self.tokens().by_id(MailPurpose::ResetPassword, token).await.map_err(unavailable)?;
                let Some(token) = token.filter(|_| user.is_active()) else { return Ok(None) };
                let epoch = self.feed.stored_epoch(user.id()).await.map_err(unavailable)?;
                if !epoch.accepts_generation(token.generation()) {
                    return Ok(None);
                }
                let link = base.link(RESET_PAGE, &self.tokens().text(&token, Shown::Link));
                let code = self.tokens().code(&token);
                let letter = Letter::ResetPassword {
                    user: &user,
                    service: base.host(),
                    link: &link,
                    code: &code,
                    expires_in: token.expires_at().since(self.now()),
                };
                letters.write(&letter, &locale)
            }
            LetterKind::PasswordChanged => {
                letters.write(&Letter::PasswordChanged { user: &user, service: base.host() }, &locale)
            }
        };
        let message_id = format!("<{}@{}>", record.key, base.host());
        Ok(Some(Mail {
            to,
            subject: one_line(&written.subject),
            text: written.text,
            html: written.html,
            message_id,
            kind,
        }))
    }

    fn tell(&self, kind: EventKind) {
        self.reporter.report(&ClientInfo::default(), kind);
    }
}

fn unavailable(error: crate::AuthError) -> StoreError {
    StoreError::unavailable(error)
}

/// A subject is one line, whoever wrote it: what follows a line end would be another header.
fn one_line(subject: &str) -> String {
    subject.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

fn say(error: &MailError, mail: &Mail) {
    let error: &dyn std::error::Error = error;
    let cause = error.source().map(ToString::to_string);
    tracing::warn!(target: "auth::mail", error, cause, message_id = mail.message_id, "a mail was not sent");
}
