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

use super::count::Count;
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

/// Where an attempt counts before anything is looked up.
#[derive(Clone, Copy, Debug)]
enum Place {
    Address,
    Failures(LimitKey),
    /// The client at the account of this counter.
    Pair(LimitKey),
}

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
        let settings = &self.settings;
        if !settings.on {
            return Ok(Attempt(None));
        }
        let (in_session, addressed) = (session.is_some(), client.ip.is_some());
        let mut counted =
            CountedAttempt { failures: None, target, counters: [None; MOST_SPELLINGS], in_session, addressed };
        let address = of_address.map(|(key, here)| {
            (Place::Address, Count::begun(key, CounterOp::take(settings.attempts_per_address), here))
        });
        let failures = self
            .address(b"failure of address", client.ip)
            .map(|key| (Place::Failures(key), Count::rate(key, CounterOp::take(settings.failures_per_address))));
        let pairs = target.accounts.into_iter().flatten().map(|account| {
            let pair = self.client_at(&account, session, client);
            (Place::Pair(account), Count::failures(pair, settings.client_attempt(in_session)))
        });
        let places: Vec<_> = address.into_iter().chain(failures).chain(pairs).collect();
        let mut decisions = self.count(&places.iter().map(|(_, count)| *count).collect::<Vec<_>>()).await.into_iter();
        let mut refused = None;
        for (place, count) in places {
            let decision = match decisions.next() {
                Some(decision) => decision,
                // A pair before it was refused, and the limits of the account were lifted since.
                None if refused.is_none() => self.count_one(count).await,
                None => break,
            };
            match place {
                Place::Pair(account) => match self.admitted_or_lifted(account, session, decision, client).await {
                    Ok(admitted) => counted.add(admitted),
                    Err(decision) => refused = refused.or(Some((LimitedBy::Pair, decision))),
                },
                Place::Address if decision.is_refused() => refused = Some((LimitedBy::Address, decision)),
                Place::Failures(_) if decision.is_refused() => {
                    refused = refused.or(Some((LimitedBy::FailuresOfAddress, decision)));
                }
                Place::Failures(key) => counted.failures = Some(key),
                Place::Address => {}
            }
        }
        if let Some((by, decision)) = refused {
            // Nothing was tried, so give the attempt back: one busy client must not use up an address that many share.
            self.attempt_undone(Attempt(Some(counted))).await;
            return self.limited(action, by, Some(&target.name), decision, client).map(|_| Attempt(Some(counted)));
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
        let (settings, name) = (&self.settings, counted.target.name);
        let rate = self.key(b"attempt of account", &[name.to_string().as_bytes()]);
        let at_name = Count::rate(rate, CounterOp::take(settings.attempts_per_account));
        let at_accounts =
            counted.counters().map(|counter| Count::failures(counter.account, settings.account_attempt()));
        let counts: Vec<_> = std::iter::once(at_name).chain(at_accounts).collect();
        let decisions = self.count(&counts).await;
        for (counter, decision) in counted.counters.iter_mut().flatten().zip(decisions.iter().skip(1)) {
            counter.counted = matches!(decision, Decision::Admitted { .. });
            counter.last = matches!(decision, Decision::Admitted { last: true, .. });
        }
        let Some(refused) = decisions.into_iter().find(|decision| decision.is_refused()) else { return Ok(()) };
        let undo: Vec<_> = self.undo_at_accounts(counted).collect();
        self.count(&undo).await;
        for counter in counted.counters.iter_mut().flatten() {
            (counter.counted, counter.last) = (false, false);
        }
        self.limited(action, LimitedBy::Account, Some(&name), refused, client).map(drop)
    }

    /// Takes an attempt of a stranger back.
    fn undo_at_accounts<'a>(&self, counted: &'a CountedAttempt) -> impl Iterator<Item = Count> + use<'a, U> {
        let undo = self.settings.account_undo();
        let counted = counted.counters().filter(|counter| counter.counted);
        counted.map(move |counter| Count::failures(counter.account, undo))
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
        let remember = (known && counted.addressed && !counted.in_session).then(|| self.owner(user));
        self.count(&self.right_password(&counted, user, remember)).await;
        known
    }

    /// Returns what a right password is counted as. `remember`: the account at which the client is known from now on.
    fn right_password(&self, counted: &CountedAttempt, user: &U, remember: Option<u64>) -> Vec<Count> {
        let (settings, mut counts) = (&self.settings, Vec::new());
        for counter in counted.counters() {
            let (at_client, at_account) = if self.is_own(counted, counter, user) {
                (settings.client_success(remember), Some(settings.account_success(counter.counted)))
            } else {
                (settings.client_undo(counted.in_session), counter.counted.then(|| settings.account_undo()))
            };
            counts.push(Count::failures(counter.client_account, at_client));
            counts.extend(at_account.map(|op| Count::failures(counter.account, op)));
        }
        counts.extend(self.refund(counted));
        counts
    }

    /// A session began by a password and whatever else it took: the client is known at the account from now on.
    pub(crate) async fn client_signed_in(&self, user: &U, client: &ClientInfo) {
        self.count(&self.remember(user, &self.accounts_of(user), client)).await;
    }

    /// Returns what makes a client known at an account, if it has an address.
    fn remember(&self, user: &U, accounts: &[LimitKey], client: &ClientInfo) -> Vec<Count> {
        let Some(ip) = client.ip else { return Vec::new() };
        let known = self.settings.client_success(Some(self.owner(user)));
        accounts.iter().map(|account| Count::failures(self.client_account(account, Some(ip)), known)).collect()
    }

    /// The password was not checked, or was not what failed.
    pub(crate) async fn attempt_undone(&self, attempt: Attempt) {
        let Attempt(Some(counted)) = attempt else { return };
        let undo = self.settings.client_undo(counted.in_session);
        let at_clients = counted.counters().map(|counter| Count::failures(counter.client_account, undo));
        let counts: Vec<_> = at_clients.chain(self.undo_at_accounts(&counted)).chain(self.refund(&counted)).collect();
        self.count(&counts).await;
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

    fn refund(&self, counted: &CountedAttempt) -> Option<Count> {
        let refund = CounterOp::refund(self.settings.failures_per_address);
        counted.failures.map(|key| Count::rate(key, refund))
    }

    /// A password was set: forgets failures with the previous one, so that unknown clients may try again, and nobody
    /// waits.
    pub(crate) async fn password_was_set(&self, user: &U) {
        self.password_was_set_at(&logins_of(user)).await;
    }

    /// The same at the account that has these logins, in the order of the fields.
    pub(crate) async fn password_was_set_at(&self, logins: &[Option<String>]) {
        self.count(&self.begin_anew(&self.accounts_with(logins))).await;
    }

    /// Somebody who is signed in has shown the password and set another one.
    pub(crate) async fn password_was_changed(&self, attempt: Attempt, user: &U) {
        let accounts = self.accounts_of(user);
        let mut counts = self.begin_anew(&accounts);
        if let Attempt(Some(counted)) = attempt {
            let right = self.right_password(&counted, user, None).into_iter();
            counts.extend(right.filter(|count| !accounts.iter().any(|account| count.is_at(account))));
        }
        self.count(&counts).await;
    }

    fn begin_anew(&self, accounts: &[LimitKey]) -> Vec<Count> {
        let forget = accounts.iter().map(|account| Count::failures(*account, CounterOp::forget()));
        let lift = accounts.iter().map(|account| Count::failures(self.lifted(account), self.settings.lift()));
        forget.chain(lift).collect()
    }

    /// An account with a password of its own was created: the client that created it is known there.
    pub(crate) async fn account_began(&self, user: &U, client: &ClientInfo) {
        let accounts = self.accounts_of(user);
        let forget = accounts.iter().map(|account| Count::failures(*account, CounterOp::forget()));
        let counts: Vec<_> = forget.chain(self.remember(user, &accounts, client)).collect();
        self.count(&counts).await;
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
