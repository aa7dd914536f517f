//! The outbox: mail waits as records until somebody has sent it.
//!
//! A record's `changed_at` is when it is due, so what is due is the first page of an index that is there anyway: after
//! an outage with 200,000 waiting mails, a look reads 24 rows. Whoever wants to send a mail moves that time a minute on,
//! by a conditional write; that is both the lease, which keeps others from sending it, and the retry, should the process
//! end before it is done. What is sent is taken out. So each mail is sent at least once, and twice, with the same
//! `Message-ID`, only if a process ends in between, if a mailer is given up that had sent it, if the store fails right
//! after, or if the clocks of two instances differ by more than half a minute.
//!
//! Whether a mail is too late depends on a clock, and an instance whose clock is ahead would drop what others are about
//! to send. So nobody drops a mail within the first hour after its end. Until then, whoever finds that it has ended
//! leaves it as it is, and reads on behind it: an instance with another clock may be right. (No instance can tell which
//! of two clocks is; what is stored was stamped by either.) There are few such mails: what is tried in vain is dropped
//! by whoever tries it last, so these were not tried at all.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::queued::{NewMail, Queued};
use super::token::{MailToken, MailTokens};
use super::{BaseUrl, DynLetters, DynMailer, LinkStyle, MailDirectory, OUTLIVES_BY};
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::{Random, random};
use crate::context::{Context, Kinds};
use crate::model::event::{LetterKind, Reporter};
use crate::model::locale::Locale;
use crate::model::user::AuthUser;
use crate::revocation::RevocationFeed;
use crate::store::{DynRecords, DynUsers, Record, StoreError};

/// How many due mails are read at once.
const PAGE: u64 = 24;
/// How many mails one process sends at a time.
const AT_ONCE: usize = 4;
/// How long reading them may take.
const LONGEST_READ: Duration = Duration::from_secs(30);
/// How long after its end a mail is left to others, whose clocks may say that it has not ended.
const CLOCKS_APART: Duration = Duration::from_hours(1);
/// How long a mail without a token is worth sending.
const NOTICE_LIFE: Duration = Duration::from_hours(24);

/// How mail leaves the application.
pub(crate) struct OutboxSettings<U: AuthUser> {
    pub(crate) mailer: Arc<dyn DynMailer>,
    /// What a mailer for development keeps.
    pub(crate) directory: Option<MailDirectory>,
    pub(crate) letters: Arc<dyn DynLetters<U>>,
    pub(crate) base: BaseUrl,
    /// Where links have their token.
    pub(crate) links: LinkStyle,
    /// How often due mail is looked for; zero: only when the application asks.
    pub(crate) interval: Duration,
}

/// The mail of one user type.
pub(crate) struct Outbox<U: AuthUser> {
    pub(super) this: Weak<Self>,
    pub(super) users: Arc<dyn DynUsers<U>>,
    pub(super) records: Arc<dyn DynRecords>,
    pub(super) kinds: Arc<Kinds>,
    pub(super) feed: Arc<RevocationFeed<U>>,
    pub(super) reporter: Reporter,
    pub(super) settings: OutboxSettings<U>,
    /// The login that holds the address.
    address: usize,
    random: Arc<dyn Random>,
    tokens: Arc<MailTokens<U>>,
    /// One sweep at a time in this process, so that whoever asks for one finds everything sent that was being sent.
    sweeping: tokio::sync::Mutex<()>,
    /// Wakes the worker early.
    pub(super) wake: Arc<Notify>,
    /// Whether there is a worker.
    pub(super) running: AtomicBool,
}

impl<U: AuthUser> Outbox<U> {
    /// Creates the outbox; `None` for a user type without addresses.
    pub(crate) fn new(
        context: &Context<U>,
        feed: &Arc<RevocationFeed<U>>,
        settings: OutboxSettings<U>,
        tokens: Arc<MailTokens<U>>,
    ) -> Option<Arc<Self>> {
        let address = U::SCHEMA.mail?;
        let Context { users, records, kinds, reporter, random, .. } = context.clone();
        Some(Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            users,
            records,
            kinds,
            feed: Arc::clone(feed),
            reporter,
            settings,
            address,
            random,
            tokens,
            sweeping: tokio::sync::Mutex::default(),
            wake: Arc::default(),
            running: AtomicBool::new(false),
        }))
    }

    /// Returns where mail is kept in development.
    pub(crate) const fn directory(&self) -> Option<&MailDirectory> {
        self.settings.directory.as_ref()
    }

    /// Returns whether users of this type have addresses.
    pub(crate) fn has_addresses() -> bool {
        U::SCHEMA.mail.is_some()
    }

    /// The index of the login that holds the address.
    pub(crate) const fn address(&self) -> usize {
        self.address
    }

    pub(crate) fn tokens(&self) -> &MailTokens<U> {
        &self.tokens
    }

    pub(super) fn now(&self) -> Timestamp {
        self.reporter.now()
    }

    /// Stores a mail, which is sent soon: by this process, or if it ends, by another.
    pub(crate) async fn enqueue(&self, wanted: NewMail<'_>) -> Result<(), AuthError> {
        let queued = Queued::new(&wanted, self.tokens.fingerprint(wanted.owner, wanted.address));
        let ends_at = wanted.token.map_or(self.now() + NOTICE_LIFE, MailToken::expires_at);
        self.insert(wanted.owner, &queued, ends_at).await
    }

    /// Stores once more the mail with the link and the code of a token.
    pub(crate) async fn enqueue_again(
        &self,
        kind: LetterKind,
        token: &MailToken,
        locale: &Locale,
    ) -> Result<(), AuthError> {
        let wanted = NewMail { kind, owner: token.owner(), address: "", token: Some(token), locale, about: None };
        let queued = Queued::new(&wanted, token.address_fingerprint().to_owned());
        self.insert(token.owner(), &queued, token.expires_at()).await
    }

    async fn insert(&self, owner: &str, queued: &Queued, ends_at: Timestamp) -> Result<(), AuthError> {
        let record = Record {
            kind: self.kinds.outbox.clone(),
            key: Base64UrlUnpadded::encode_string(&random::<16>(&*self.random)?),
            owner: owner.to_owned(),
            value: serde_json::to_string(queued).map_err(AuthError::internal)?,
            version: 1,
            expires_at: ends_at + OUTLIVES_BY,
            changed_at: self.now(),
        };
        if !self.records.insert(&record).await? {
            return Err(AuthError::internal("a random id was there already"));
        }
        self.nudge();
        Ok(())
    }

    /// Sends what is due, and returns how many mails were sent. One that fails does not keep the others waiting; the
    /// first failure of the store is returned.
    pub(crate) async fn sweep(&self) -> Result<usize, StoreError> {
        let _one_at_a_time = self.sweeping.lock().await;
        let (mut sent, mut failure) = (0, None);
        // Each mail that was tried is due later, or gone, and none is read twice that is left alone: so this ends.
        let mut behind = None;
        while failure.is_none() {
            let due = self.due(&mut behind).await?;
            let Some(due) = due else { break };
            let mut sending: JoinSet<Result<bool, StoreError>> = JoinSet::new();
            let mut count = |done: Result<Result<bool, StoreError>, tokio::task::JoinError>| match done {
                Ok(Ok(was_sent)) => sent += usize::from(was_sent),
                Ok(Err(error)) => failure = Some(error),
                // It is due again when its lease ends.
                Err(error) => failure = Some(StoreError::unavailable(error)),
            };
            for record in due {
                let Some(outbox) = self.this.upgrade() else { return Ok(0) };
                if sending.len() >= AT_ONCE
                    && let Some(done) = sending.join_next().await
                {
                    count(done);
                }
                sending.spawn(async move { outbox.deliver(record).await });
            }
            while let Some(done) = sending.join_next().await {
                count(done);
            }
        }
        failure.map_or(Ok(sent), Err)
    }

    /// Returns the mails to be sent among the first that are due behind a mail that was left alone; `None` if none is
    /// due there.
    async fn due(&self, behind: &mut Option<Record>) -> Result<Option<Vec<Record>>, StoreError> {
        let (since, after) = behind
            .as_ref()
            .map_or((Timestamp::default(), None), |record| (record.changed_at, Some(record.key.as_str())));
        let read = self.records.changed_since(&self.kinds.outbox, since, after, PAGE);
        let mut due = timeout(LONGEST_READ, read).await.map_err(StoreError::unavailable)??;
        let now = self.now();
        due.retain(|record| record.changed_at <= now);
        if due.is_empty() {
            return Ok(None);
        }
        let (left, due): (Vec<Record>, Vec<Record>) = due.into_iter().partition(|record| is_left_alone(record, now));
        if let Some(last) = left.into_iter().next_back() {
            *behind = Some(last);
        }
        Ok(Some(due))
    }
}

/// Returns when a mail is too late.
pub(super) fn ends_at(record: &Record) -> Timestamp {
    record.expires_at.minus(OUTLIVES_BY)
}

/// Whether a mail has ended, but so recently that another clock may say otherwise.
pub(super) fn is_left_alone(record: &Record, now: Timestamp) -> bool {
    let ends_at = ends_at(record);
    ends_at <= now && now < ends_at + CLOCKS_APART
}
