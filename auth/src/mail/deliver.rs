//! One mail: leased, checked once more, written, sent, and taken out or put off.
//!
//! Much may have happened since somebody asked for it: the row was rolled back, deleted or disabled, has another
//! address, or the link was used. Then nobody gets it. So what a request wrote for an account that does not exist ends
//! here, too, and no request tells by its writes whether there is one.

use std::time::Duration;

use tokio::time::timeout;

use super::compose::Composed;
use super::outbox::{Outbox, ends_at, is_left_alone};
use super::queued::Queued;
use super::{Mail, MailError};
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
/// When a mail is looked at again that is about something that has not happened yet.
const NOT_YET: Duration = Duration::from_secs(5);

impl<U: AuthUser> Outbox<U> {
    /// Sends one mail that is due, unless somebody else does. Returns whether it was sent.
    pub(super) async fn deliver(&self, mut record: Record) -> Result<bool, StoreError> {
        let now = self.now();
        if is_left_alone(&record, now) {
            return Ok(false);
        }
        let is_late = ends_at(&record) <= now;
        let queued = serde_json::from_str::<Queued>(&record.value).ok();
        let Some((queued, kind)) = queued.and_then(|queued| queued.kind().map(|kind| (queued, kind))) else {
            if is_late {
                return self.done(&record).await.map(|()| false);
            }
            tracing::warn!(target: "auth::mail", key = record.key, "a waiting mail cannot be read by this release");
            // A code lives for minutes; another instance may be of the release that wrote it.
            let soon = (ends_at(&record).since(now) / 20).max(NOT_YET);
            return self.postpone(&mut record, soon).await.map(|_| false);
        };
        if is_late {
            let is_wanted = self.is_wanted(&queued, kind, &record).await?;
            self.done(&record).await?;
            if is_wanted {
                self.tell(EventKind::MailFailed { user: record.owner, letter: kind });
            }
            return Ok(false);
        }
        if !self.postpone(&mut record, LEASE).await? {
            return Ok(false);
        }
        let mail = match self.compose(&queued, kind, &record).await? {
            Composed::Mail(mail) => *mail,
            Composed::Later => return self.postpone(&mut record, NOT_YET).await.map(|_| false),
            Composed::Nothing => return self.done(&record).await.map(|()| false),
        };
        // What is sent instead of something else, such as a notice to the owner of an address, is called by its name.
        let kind = mail.kind;
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
        if self.now() + pause >= ends_at(&record) {
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
        self.records.delete(&record.kind, &record.key).await.map(drop)
    }

    fn tell(&self, kind: EventKind) {
        self.reporter.report(&ClientInfo::default(), kind);
    }
}

fn say(error: &MailError, mail: &Mail) {
    let error: &dyn std::error::Error = error;
    let cause = error.source().map(ToString::to_string);
    tracing::warn!(target: "auth::mail", error, cause, message_id = mail.message_id, "a mail was not sent");
}
