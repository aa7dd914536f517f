//! How much mail strangers can cause, and how many codes they can try.
//!
//! Mail over the limit is not sent, and the answer is the same: it tells nobody whether there is an account. (Whether
//! somebody else has just asked for mail to an address can be found out, by trying a code.) What is counted is the login
//! as typed, whether it exists or not. Each kind of mail has counters of its own, or a sign-in by mail that a stranger
//! asks for would keep the owner from a new password; and one network has a third of what an address gets of a kind, or a
//! single stranger would keep the owner from any.
//!
//! The bound on all mail counts what goes to accounts apart from what goes to addresses without one, which strangers can
//! make up: they must not use up what people with an account need. Requests for accounts that do not exist ask that bound,
//! too, with the same reads and writes, and all of them together count as one: once it is reached, they are answered as
//! the others are.
//!
//! Notices have a counter of their own: whoever signs up with another person's address could otherwise fill their
//! mailbox by changing the password of that account.
//!
//! Codes are counted for the login, apart from passwords, whether there is an account or not: a stranger who guesses codes
//! keeps nobody from signing in with a password, and the link in a mail works all the same. Thirty at once and then one a
//! day, each right with a chance of one in 10⁸ (three, where three mails wait), are one account in a hundred thousand
//! opened in a year of guessing without a pause (NIST SP 800-63B-4 §3.2.2 allows a hundred failures in a row).

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::count::Count;
use super::{BegunAttempt, RateLimits};
use crate::limit::{CounterOp, Decision, LimitKey, Rate};
use crate::model::client_info::ClientInfo;
use crate::model::client_ip;
use crate::model::event::{EventKind, LetterKind, LimitedAction, LimitedBy};
use crate::model::user::AuthUser;

const PER_ADDRESS: Rate = Rate::new(20, Duration::from_hours(1));
/// Mails of one kind to one login, caused from one network.
const FROM_NETWORK: [(&str, Rate); 2] =
    [("minute", Rate::per_minute(1)), ("hour", Rate::new(5, Duration::from_hours(1)))];
/// Mails of one kind to one login.
const OF_A_KIND: Rate = Rate::new(15, Duration::from_hours(1));
const OF_ALL: Rate = Rate::new(10_000, Duration::from_hours(1));
/// Notices to one user.
const NOTICES: Rate = Rate::new(5, Duration::from_hours(1));
/// Notices of one kind about the factors of a user.
const OF_FACTORS: Rate = Rate::new(20, Duration::from_hours(1));
const CODES: Rate = Rate::new(30, Duration::from_hours(24 * 30));

/// Who gets a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailTo {
    /// Somebody who has an account.
    Account,
    /// Nobody: there is no such account.
    Nobody,
    /// An address that no account has yet.
    NewAddress,
}

impl MailTo {
    /// Where mail goes that is for an account, if there is one.
    pub(crate) const fn account(is_there: bool) -> Self {
        if is_there { Self::Account } else { Self::Nobody }
    }

    /// Returns whether the owner of a record is nobody.
    pub(crate) fn is_nobody(owner: &str) -> bool {
        owner.starts_with(NOBODY)
    }
}

/// Mail that was counted and is not in the outbox yet. If this is dropped before it [counts](Self::keep), because the
/// store fails or the caller hangs up, its places at the counters are given back: whoever was answered 503 asks again,
/// and must not be told that a mail is on its way when nothing is.
#[must_use]
pub(crate) struct CountedMail<U: AuthUser> {
    limits: Arc<RateLimits<U>>,
    begun: BegunAttempt,
    taken: Vec<(LimitKey, Rate)>,
}

impl<U: AuthUser> CountedMail<U> {
    /// Counts a mail to another recipient as well; `None` if one of them may not be sent.
    pub(crate) async fn also_to(mut self, recipient: &str, client: &ClientInfo) -> Option<Self> {
        let limits = Arc::clone(&self.limits);
        let action = self.begun.action;
        if !limits.settings.on {
            return Some(self);
        }
        let of_address = limits.address(b"mail of address", client.ip).map(|key| (key, PER_ADDRESS));
        let rates: Vec<_> = of_address.into_iter().chain(limits.mails_to(action, recipient, client)).collect();
        let counts: Vec<_> = rates.iter().map(|(key, rate)| Count::rate(*key, CounterOp::take(*rate))).collect();
        for (rate, decision) in rates.into_iter().zip(limits.count(&counts).await) {
            let Decision::Refused { retry_after, .. } = decision else {
                self.taken.push(rate);
                continue;
            };
            if of_address == Some(rate) {
                drop(limits.limited(action, LimitedBy::Address, None, decision, client));
            } else {
                let event = EventKind::Limited { action, by: LimitedBy::Account, retry_after };
                limits.reporter.report_about(client, recipient.to_owned(), event);
            }
            self.keep();
            return None;
        }
        Some(self)
    }

    /// Counts it among all mails as well; `None` if it may not be sent.
    pub(crate) async fn among_all(self, to: MailTo, client: &ClientInfo) -> Option<Self> {
        if self.limits.may_mail_all(self.begun, to, client).await {
            return Some(self);
        }
        self.keep();
        None
    }

    /// From here on it may be sent, so it counts whatever happens.
    pub(crate) fn keep(mut self) {
        self.taken.clear();
    }
}

/// Gives the places back outside of the request, whose time for the store may be used up.
impl<U: AuthUser> Drop for CountedMail<U> {
    fn drop(&mut self) {
        if self.taken.is_empty() {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let (limits, taken) = (Arc::clone(&self.limits), std::mem::take(&mut self.taken));
        drop(runtime.spawn(async move {
            let refund = |(key, rate): &(LimitKey, Rate)| Count::rate(*key, CounterOp::refund(*rate));
            limits.count(&taken.iter().map(refund).collect::<Vec<_>>()).await;
        }));
    }
}

impl<U: AuthUser> RateLimits<U> {
    /// Counts a request for a mail to a recipient ([`account_key`](Self::account_key), as text); `None` if it may not be
    /// sent. The rate of the address has admitted the request, which is what `begun` says.
    pub(crate) async fn count_mail(
        &self,
        begun: BegunAttempt,
        recipient: &str,
        client: &ClientInfo,
    ) -> Option<CountedMail<U>> {
        let limits = self.this.upgrade()?;
        CountedMail { limits, begun, taken: Vec::new() }.also_to(recipient, client).await
    }

    /// Counts a request for a mail as [`count_mail`](Self::count_mail) does, and among all mails.
    pub(crate) async fn count_mail_to(
        &self,
        begun: BegunAttempt,
        recipient: &str,
        to: MailTo,
        client: &ClientInfo,
    ) -> Option<CountedMail<U>> {
        self.count_mail(begun, recipient, client).await?.among_all(to, client).await
    }

    /// Returns the counters of mails of one kind to a recipient.
    fn mails_to(&self, action: LimitedAction, recipient: &str, client: &ClientInfo) -> [(LimitKey, Rate); 3] {
        let network = client.ip.map(|ip| client_ip::counted_as(ip).to_vec()).unwrap_or_default();
        let (name, recipient) = (action.name().as_bytes(), recipient.as_bytes());
        let [minute, hour] = FROM_NETWORK.map(|(time, rate)| {
            (self.key(b"mail to login from network", &[time.as_bytes(), name, recipient, &network]), rate)
        });
        [minute, hour, (self.key(b"mail to login", &[name, recipient]), OF_A_KIND)]
    }

    /// Counts a mail among all, and returns whether it may be sent.
    async fn may_mail_all(&self, begun: BegunAttempt, to: MailTo, client: &ClientInfo) -> bool {
        if !self.settings.on {
            return true;
        }
        let (what, op): (&[u8], _) = match to {
            MailTo::Account => (b"mail to accounts", CounterOp::take(OF_ALL)),
            MailTo::Nobody => (b"mail to accounts", CounterOp::ask(OF_ALL)),
            MailTo::NewAddress => (b"mail to new addresses", CounterOp::take(OF_ALL)),
        };
        let verdict = self.rate(&self.key(what, &[]), op).await;
        self.limited(begun.action, LimitedBy::All, None, verdict, client).is_ok()
    }

    /// Counts a notice to a user, and returns whether it may be sent. Those about factors go to confirmed addresses, and
    /// each kind has a counter of its own: nobody hides one behind others.
    pub(crate) async fn may_notify(&self, owner: &str, kind: LetterKind) -> bool {
        if !self.settings.on {
            return true;
        }
        let (key, rate) = if kind.is_about_factors() {
            (self.key(b"notices of factors", &[owner.as_bytes(), kind.name().as_bytes()]), OF_FACTORS)
        } else {
            (self.key(b"notices to owner", &[owner.as_bytes()]), NOTICES)
        };
        matches!(self.rate(&key, CounterOp::take(rate)).await, Decision::Admitted { .. })
    }

    /// Counts a code that is tried for a recipient, before it is compared, and returns whether it may be.
    pub(crate) async fn may_try_code(&self, begun: BegunAttempt, recipient: &str, client: &ClientInfo) -> bool {
        if !self.settings.on {
            return true;
        }
        let verdict = self.rate(&self.codes(recipient), CounterOp::take(CODES)).await;
        self.limited(begun.action, LimitedBy::Account, None, verdict, client).is_ok()
    }

    /// A code was right: it does not count.
    pub(crate) async fn code_was_right(&self, recipient: &str) {
        if self.settings.on {
            let _: Decision = self.rate(&self.codes(recipient), CounterOp::refund(CODES)).await;
        }
    }

    fn codes(&self, recipient: &str) -> LimitKey {
        self.key(b"codes to login", &[recipient.as_bytes()])
    }

    /// Returns a text that stands for the owner of a login that nobody has. No user has it as an id.
    pub(crate) fn nobody(&self, index: usize, login: &str) -> String {
        format!("{NOBODY}{}", self.login_key(b"nobody", index, login))
    }
}

/// Begins what stands for the owner of a login that nobody has.
const NOBODY: char = '?';
