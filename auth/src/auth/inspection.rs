//! What the records tell people who operate the application: clocks, age of the secret, mail that waits, records that
//! nobody deletes, and what a text is that is no access token.
//!
//! It is taken from the settings before `build()` uses them up, because it is asked after: `build()` may have made the
//! table.

use std::sync::Arc;
use std::time::Duration;

use super::risks::Risk;
use super::{Auth, AuthBuilder};
use crate::base::clock::{Clock, Timestamp};
use crate::context::{Context, Kinds, data_key};
use crate::mail::{Waiting, mail_token_id};
use crate::model::user::AuthUser;
use crate::session::refresh_token::RefreshToken;
use crate::store::{DynRecords, StoreError, StoreStatus};

const DAY: Duration = Duration::from_hours(24);
/// A worker looks for mail every few seconds.
const LATE_MAIL: Duration = Duration::from_mins(5);
/// `maintenance` runs every ten minutes, and leaves hundreds.
const MANY_RECORDS: u64 = 10_000;
/// With fewer connections, one slow handler keeps everybody from signing in.
const FEW_CONNECTIONS: u32 = 3;
/// By then, nobody knows any more who has seen it.
const OLD_SECRET: Duration = Duration::from_hours(90 * 24);
/// When everything that was signed or mailed with a former secret has expired: a link lives for three days at most.
const FORMER_SECRET: Duration = Duration::from_hours(4 * 24);

/// What can be asked of the records.
pub(crate) struct Inspection {
    records: Arc<dyn DynRecords>,
    clock: Arc<dyn Clock>,
    kinds: Kinds,
    leeway: Duration,
    former_secrets: usize,
}

impl<U: AuthUser> AuthBuilder<U> {
    pub(crate) fn inspection(&self) -> Inspection {
        Inspection {
            records: Arc::clone(&self.stores.records),
            clock: Arc::clone(&self.clock),
            kinds: Kinds::of(&U::SCHEMA.realm()),
            leeway: self.settings.leeway,
            former_secrets: self.former_secrets.len(),
        }
    }
}

impl Inspection {
    /// Returns what is wrong in the store; with `deploy`, also what is right on one's own machine.
    pub(crate) async fn risks(&self, deploy: bool) -> Result<Vec<Risk>, StoreError> {
        let before = self.clock.now();
        let status = self.records.status(before).await?;
        let mut risks = self.of_status(&status, (before, self.clock.now()));
        risks.extend(of_mail(&Waiting::read(&*self.records, &self.kinds, self.clock.now()).await?));
        if deploy {
            risks.extend(few_connections(&status));
            let sealed = self.records.get(&self.kinds.data_key, data_key::KEY).await?;
            risks.extend(sealed.and_then(|record| self.of_secret(self.clock.now().since(record.changed_at))));
        }
        Ok(risks)
    }

    /// `asked`: when the question went, and when the answer came. The clock of the database may have said anything between.
    fn of_status(&self, status: &StoreStatus, asked: (Timestamp, Timestamp)) -> Vec<Risk> {
        let mut risks = Vec::new();
        if let Some(theirs) = status.now {
            let (ahead, behind) = (theirs.since(asked.1), asked.0.since(theirs));
            let apart = Duration::from_secs(ahead.max(behind).as_secs());
            let which = if behind.is_zero() { "ahead of" } else { "behind" };
            if apart > self.leeway {
                let apart = humantime::format_duration(apart);
                risks.push(Risk::new(
                    "clock",
                    format!(
                        "the clock of the database is {apart} {which} the one here, so that instances may refuse each \
                         other's tokens"
                    ),
                    "let both machines follow a time server (NTP)",
                ));
            }
        }
        let expired = status.expired.unwrap_or_default();
        if expired > MANY_RECORDS {
            let over = if expired >= 100_000 { "or more " } else { "" };
            risks.push(Risk::new(
                "expired_records",
                format!("{expired} {over}records have expired and are not deleted"),
                "spawn `auth.maintenance()` in the application, or run `auth purge` from a job",
            ));
        }
        risks
    }

    /// The data key is sealed anew whenever the list of secrets changes, and then only.
    fn of_secret(&self, age: Duration) -> Option<Risk> {
        let days = age.as_secs() / DAY.as_secs();
        if self.former_secrets > 0 && age > FORMER_SECRET {
            return Some(Risk::note(
                "expired_former_secret",
                format!("a former secret has been listed for {days} days: all that was signed with it has expired"),
                "leave `former_secret` out",
            ));
        }
        (age > OLD_SECRET).then(|| {
            Risk::note(
                "old_secret",
                format!("the secret has been in use for {days} days"),
                "make another one with `auth secret new`, and list this one as `former_secret` for four days",
            )
        })
    }
}

impl<U: AuthUser> Auth<U> {
    /// Says what a text is that is no access token: `None` if the store knows nothing of it.
    pub(crate) async fn recognize(&self, text: &str) -> Result<Option<&'static str>, StoreError> {
        let Some(token) = RefreshToken::parse(text) else { return Ok(None) };
        let Context { records, kinds, .. } = &self.inner.context;
        let session = token.session().to_string();
        if records.get(&kinds.session, &session).await?.is_some() {
            return Ok(Some("a refresh token, of a session that continues: `POST /refresh` takes it"));
        }
        if records.get(&kinds.revoked, &session).await?.is_some() {
            return Ok(Some("a refresh token, of a session that has ended"));
        }
        let Some(mailed) = mail_token_id(text) else { return Ok(None) };
        let mailed = records.get(&kinds.mail_token, &mailed).await?.is_some();
        Ok(mailed.then_some("the token of a mailed link, or the `sign_in` of a sign-in that waits for a code"))
    }
}

fn few_connections(status: &StoreStatus) -> Option<Risk> {
    let few = status.connections.filter(|most| *most < FEW_CONNECTIONS)?;
    let sentence = format!("the pool has {few} connection(s), so one slow query keeps everybody from signing in");
    Some(Risk::note("few_connections", sentence, "raise `max_connections` of the pool"))
}

fn of_mail(waiting: &Waiting) -> Vec<Risk> {
    let (mails, failing) = (waiting.mails, waiting.failing);
    let mut risks = Vec::new();
    if waiting.overdue > LATE_MAIL {
        let late = humantime::format_duration(Duration::from_secs(waiting.overdue.as_secs()));
        risks.push(Risk::new(
            "mail_overdue",
            format!("{mails} mail(s) wait in the outbox, and one has been due for {late}: no process sends them"),
            "start the application with its `mailer`, or call `auth.send_mail()`",
        ));
    }
    if failing > 0 {
        risks.push(Risk::new(
            "mail_failing",
            format!("{failing} mail(s) were not taken by the mail server, and are tried again"),
            "read what the server answered in the log, under `auth::mail`",
        ));
    }
    risks
}
