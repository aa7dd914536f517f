//! Password attempts, counted before the password is checked.
//!
//! An attempt counts as a failure until it turns out not to be one. One conditional write counts it before the password
//! is checked. A correct password clears the failures of the client. A hash that was never computed (busy, store down)
//! takes the count back, outside the request, whose budget for the store is used up. A caller who hangs up has failed.
//! So two hundred concurrent attempts count as five.
//!
//! A password that was set, and an administrator who lifts the limits, end the waits of every client, whose counters
//! nobody can list: the time is kept with the account, as long as somebody may have to wait, and asked for only when a
//! client is to be refused. Failures before it do not count.
//!
//! Refusals come before every query about the account and cost at most two reads: rates are checked in memory first.
//! Unknown logins are counted like known ones, under a keyed hash of one text for all their spellings.

use std::borrow::Cow;

use tokio::runtime::Handle;

use super::counted::{CountedAttempt, LoginTarget};
use super::{BegunAttempt, ClientInfo, RateLimits};
use crate::base::error::AuthError;
use crate::limit::{CounterOp, Decision, LimitKey};
use crate::model::canonical::{MOST_SPELLINGS, is_found, spellings};
use crate::model::claims::SessionId;
use crate::model::event::{EventKind, LimitedAction, LimitedBy};
use crate::model::user::AuthUser;
use crate::store::logins_of;

/// An admitted attempt, which counts as a failure until it turns out not to be one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt(Option<CountedAttempt>);

impl<U: AuthUser> RateLimits<U> {
    /// Counts an attempt at the password of an account, and returns whether it may be made. `session` is the session
    /// within which it is made, if any.
    ///
    /// Cheap checks come first: the address (in memory, before this is called), then the pairs of client and account,
    /// then, unless the client is known at one of them, the accounts. Unknown accounts are counted like existing ones.
    pub(crate) async fn attempt_password(
        &self,
        BegunAttempt { action, of_address }: BegunAttempt,
        target: LoginTarget,
        session: Option<SessionId>,
        client: &ClientInfo,
    ) -> Result<Attempt, AuthError> {
        let (settings, now) = (&self.settings, self.now());
        if !settings.on {
            return Ok(Attempt(None));
        }
        let check = |by, decision| self.limited(action, by, Some(&target.name), decision, client);
        if let Some((key, here)) = of_address {
            let op = CounterOp::take(settings.attempts_per_address);
            check(LimitedBy::Address, self.shared_rate(&key, op, now, here).await)?;
        }
        let failures = self.address(b"failure of address", client.ip);
        if let Some(key) = &failures {
            let op = CounterOp::take(settings.failures_per_address);
            check(LimitedBy::FailuresOfAddress, self.rate(key, op, now).await)?;
        }
        let (in_session, addressed) = (session.is_some(), client.ip.is_some());
        let counters = [None; MOST_SPELLINGS];
        let mut counted = CountedAttempt { failures, target, counters, in_session, addressed };
        for (counter, account) in counted.counters.iter_mut().zip(target.accounts.into_iter().flatten()) {
            match self.attempt_of_client(account, session, client).await {
                Ok(admitted) => *counter = Some(admitted),
                Err(decision) => {
                    // Nothing was tried, so give the attempt back: one busy client must not use up an address that many
                    // share.
                    self.attempt_undone(Attempt(Some(counted))).await;
                    return check(LimitedBy::Pair, decision).map(|_| Attempt(Some(counted)));
                }
            }
        }
        if !counted.is_known()
            && let Err(error) = self.attempt_of_unknown_client(action, &mut counted, client).await
        {
            self.attempt_undone(Attempt(Some(counted))).await;
            return Err(error);
        }
        Ok(Attempt(Some(counted)))
    }

    /// Counts an attempt of an unknown client at every account that it may be at, and returns whether it may be made.
    /// If not, it is counted at none.
    async fn attempt_of_unknown_client(
        &self,
        action: LimitedAction,
        counted: &mut CountedAttempt,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let (settings, now, name) = (&self.settings, self.now(), counted.target.name);
        let rate = self.key(b"attempt of account", &[name.to_string().as_bytes()]);
        let mut decision = self.rate(&rate, CounterOp::take(settings.attempts_per_account), now).await;
        for counter in counted.counters.iter_mut().flatten() {
            if matches!(decision, Decision::Admitted { .. }) {
                decision = self.failures(&counter.account, settings.account_attempt(), now).await;
                counter.counted = matches!(decision, Decision::Admitted { .. });
                counter.last = matches!(decision, Decision::Admitted { last: true, .. });
            }
        }
        if matches!(decision, Decision::Refused { .. }) {
            self.uncount(counted).await;
        }
        self.limited(action, LimitedBy::Account, Some(&name), decision, client).map(drop)
    }

    /// Takes an attempt of a stranger back.
    async fn uncount(&self, counted: &mut CountedAttempt) {
        for counter in counted.counters.iter_mut().flatten().filter(|counter| counter.counted) {
            self.failures(&counter.account, self.settings.account_undo(), self.now()).await;
            (counter.counted, counter.last) = (false, false);
        }
    }

    /// Checks, once the account is found, that the client is known at this one. An address at which the owner of an
    /// earlier account with the same login was known is a stranger's here, and so is one at which the owner of another
    /// account is known whose login looks the same.
    pub(crate) async fn recheck_client(
        &self,
        attempt: &mut Attempt,
        action: LimitedAction,
        user: Option<&U>,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let Attempt(Some(counted)) = attempt else { return Ok(()) };
        if counted.is_known() && !self.is_known_at(counted, user) {
            self.attempt_of_unknown_client(action, counted, client).await?;
        }
        Ok(())
    }

    /// The password was right: resets the failures of the client, forgives failures of strangers as far as that may be,
    /// and gives the attempt of its address back. At other accounts that the login may have meant, nothing was tried.
    /// Returns whether the client is known, as far as that is counted; if it is, it is remembered for longer. An unknown
    /// one becomes known when a session has begun ([`client_signed_in`](Self::client_signed_in)): whoever has the password
    /// and nothing else does not become somebody whose sign-ins nobody is told of.
    pub(crate) async fn attempt_succeeded(&self, attempt: Attempt, user: &U) -> bool {
        let Attempt(Some(counted)) = attempt else { return true };
        let known = !counted.addressed || counted.in_session || self.is_known_at(&counted, Some(user));
        let (settings, now) = (&self.settings, self.now());
        let remember = (known && counted.addressed && !counted.in_session).then(|| self.owner(user));
        for counter in counted.counters() {
            if self.is_own(&counted, counter, user) {
                self.failures(&counter.client_account, settings.client_success(remember), now).await;
                self.failures(&counter.account, settings.account_success(counter.counted), now).await;
            } else {
                self.failures(&counter.client_account, settings.client_undo(counted.in_session), now).await;
                if counter.counted {
                    self.failures(&counter.account, settings.account_undo(), now).await;
                }
            }
        }
        self.refund(counted.failures.as_ref()).await;
        known
    }

    /// A session began by a password and whatever else it took: the client is known at the account from now on.
    pub(crate) async fn client_signed_in(&self, user: &U, client: &ClientInfo) {
        let Some(ip) = client.ip else { return };
        let remember = self.settings.client_success(Some(self.owner(user)));
        for account in self.accounts_of(user) {
            self.failures(&self.client_account(&account, Some(ip)), remember, self.now()).await;
        }
    }

    /// The password was not checked, or was not what failed.
    pub(crate) async fn attempt_undone(&self, attempt: Attempt) {
        let Attempt(Some(mut counted)) = attempt else { return };
        let (settings, now) = (&self.settings, self.now());
        for counter in counted.counters() {
            self.failures(&counter.client_account, settings.client_undo(counted.in_session), now).await;
        }
        self.uncount(&mut counted).await;
        self.refund(counted.failures.as_ref()).await;
    }

    /// Does the same after the store failed. The request may have used up its time for the store, and then each call
    /// would fail and the attempt would stay counted. So this runs once, in a separate task, where each call waits as
    /// long as calls outside of requests do.
    pub(crate) async fn attempt_undone_later(&self, attempt: Attempt) {
        if attempt.0.is_none() {
            return;
        }
        match (Handle::try_current(), self.this.upgrade()) {
            (Ok(runtime), Some(limits)) => {
                drop(runtime.spawn(async move { limits.attempt_undone(attempt).await }));
            }
            _ => self.attempt_undone(attempt).await,
        }
    }

    /// The password was wrong, as assumed when counting. Returns whether it was the last one that strangers had.
    pub(crate) fn attempt_failed(&self, attempt: Attempt, user: Option<String>, client: &ClientInfo) -> bool {
        let Attempt(Some(counted)) = attempt else { return false };
        let locked = counted.counters().any(|counter| counter.last);
        if locked {
            self.reporter.report_about(client, counted.target.name.to_string(), EventKind::PasswordLocked { user });
        }
        locked
    }

    async fn refund(&self, failures: Option<&LimitKey>) {
        if let Some(key) = failures {
            self.rate(key, CounterOp::refund(self.settings.failures_per_address), self.now()).await;
        }
    }

    /// A password was set: forgets failures with the previous one, so that unknown clients may try again, and nobody
    /// waits.
    pub(crate) async fn password_was_set(&self, user: &U) {
        self.password_was_set_at(&logins_of(user)).await;
    }

    /// The same at the account that has these logins, in the order of the fields.
    pub(crate) async fn password_was_set_at(&self, logins: &[Option<String>]) {
        for account in self.accounts_with(logins) {
            self.failures(&account, CounterOp::forget(), self.now()).await;
            self.failures(&self.lifted(&account), self.settings.lift(), self.now()).await;
        }
    }

    /// An account with a password of its own was created: the client that created it is known there.
    pub(crate) async fn account_began(&self, user: &U, client: &ClientInfo) {
        for account in self.accounts_of(user) {
            self.failures(&account, CounterOp::forget(), self.now()).await;
        }
        self.client_signed_in(user, client).await;
    }

    /// Returns the counters of strangers at an account, if anything is counted: one for each of its logins, as stored.
    /// A login that another program stored in a form of its own is counted as it is typed.
    fn accounts_of(&self, user: &U) -> Vec<LimitKey> {
        self.accounts_with(&logins_of(user))
    }

    fn accounts_with(&self, logins: &[Option<String>]) -> Vec<LimitKey> {
        if !self.settings.on {
            return Vec::new();
        }
        let logins = logins.iter().enumerate().filter_map(|(index, login)| Some((index, login.as_deref()?)));
        let forms = logins.flat_map(|(index, login)| match U::SCHEMA.logins.get(index) {
            Some(field) if !is_found(field, login) => {
                spellings(field, login).into_iter().map(|form| (index, form)).collect()
            }
            _ => vec![(index, Cow::Borrowed(login))],
        });
        forms.map(|(index, form)| self.form_key(index, &form)).collect()
    }
}
