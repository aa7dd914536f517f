//! Password attempts, counted before the password is checked.

use tokio::runtime::Handle;

use super::{Auth, Begun, Client};
use crate::auth::Management;
use crate::claims::SessionId;
use crate::error::AuthError;
use crate::event::{EventKind, LimitedAction, LimitedBy};
use crate::limit::{LimitKey, Step, Verdict};
use crate::user::AuthUser;

/// An admitted attempt, which counts as a failure until it turns out not to be one.
#[derive(Clone, Copy, Debug)]
pub(in crate::auth) struct Attempt(Option<Counted>);

#[derive(Clone, Copy, Debug)]
struct Counted {
    failures: Option<LimitKey>,
    pair: LimitKey,
    account: LimitKey,
    in_session: bool,
    /// Whether the client has an address, which can become a known one.
    addressed: bool,
    by: By,
    /// The account for which the client is known; 0 if nobody said.
    owner: u64,
}

/// Who makes an attempt, from the view of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// A client that has signed in to this account before.
    Known,
    Stranger,
    /// An unknown client whose attempt locks the account if it fails.
    LastStranger,
}

impl<U: AuthUser> Auth<U> {
    /// Counts an attempt at the password of the account with this login, and returns whether it may be made. `session`
    /// is the session within which it is made, if any.
    ///
    /// Cheap checks come first: the address (in memory, before this is called), then the pair of client and account,
    /// then, unless the client is known there, the account. Unknown accounts are counted like existing ones.
    pub(in crate::auth) async fn attempt_password(
        &self,
        Begun { action, of_address }: Begun,
        (index, login): (usize, &str),
        session: Option<SessionId>,
        client: &Client,
    ) -> Result<Attempt, AuthError> {
        let limiting = &self.inner().limiting;
        let (settings, now) = (&limiting.settings, self.now());
        if !settings.on {
            return Ok(Attempt(None));
        }
        let account = self.account_key(index, login);
        let say = |by, verdict| self.limited(action, by, Some(&account), verdict, client);
        if let Some((key, here)) = of_address {
            let step = Step::take(settings.attempts_per_address);
            say(LimitedBy::Address, limiting.rate_elsewhere(&key, step, now, here).await)?;
        }
        let failures = limiting.address(b"failure of address", client.ip);
        if let Some(key) = &failures {
            let step = Step::take(settings.failures_per_address);
            say(LimitedBy::FailuresOfAddress, limiting.rate(key, step, now).await)?;
        }
        let pair = match session {
            Some(session) => limiting.key(b"session", &[session.to_string().as_bytes()]),
            None => limiting.pair(&account, client.ip),
        };
        let in_session = session.is_some();
        let addressed = client.ip.is_some();
        let mut counted = Counted { failures, pair, account, in_session, addressed, by: By::Known, owner: 0 };
        let verdict = limiting.tries(&pair, settings.pair_attempt(in_session), now).await;
        let Verdict::Admitted { known, owner, .. } = verdict else {
            // Nothing was tried, so give the attempt back: one busy client must not use up an address that many share.
            self.give_back(failures.as_ref()).await;
            return say(LimitedBy::Pair, verdict).map(|_| Attempt(Some(counted)));
        };
        counted.owner = owner;
        if known {
            return Ok(Attempt(Some(counted)));
        }
        match self.attempt_of_stranger(action, &account, client).await {
            Ok(by) => Ok(Attempt(Some(Counted { by, ..counted }))),
            Err(error) => {
                self.give_back(failures.as_ref()).await;
                Err(error)
            }
        }
    }

    /// Counts an attempt of an unknown client at the account, and returns whether it may be made.
    async fn attempt_of_stranger(
        &self,
        action: LimitedAction,
        account: &LimitKey,
        client: &Client,
    ) -> Result<By, AuthError> {
        let limiting = &self.inner().limiting;
        let (settings, now) = (&limiting.settings, self.now());
        let rate = limiting.key(b"attempt of account", &[account.to_string().as_bytes()]);
        let mut verdict = limiting.rate(&rate, Step::take(settings.attempts_per_account), now).await;
        if matches!(verdict, Verdict::Admitted { .. }) {
            verdict = limiting.tries(account, settings.account_attempt(), now).await;
        }
        let verdict = self.limited(action, LimitedBy::Account, Some(account), verdict, client)?;
        Ok(if matches!(verdict, Verdict::Admitted { last: true, .. }) { By::LastStranger } else { By::Stranger })
    }

    /// Checks, once the account is found, that the client is known at this one. An address at which the owner of an
    /// earlier account with the same login was known is a stranger's here.
    pub(in crate::auth) async fn attempt_is_at(
        &self,
        attempt: &mut Attempt,
        action: LimitedAction,
        user: Option<&U>,
        client: &Client,
    ) -> Result<(), AuthError> {
        let Attempt(Some(counted)) = attempt else { return Ok(()) };
        let is_theirs = |user: &U| self.inner().limiting.owner(user) == counted.owner;
        if counted.by == By::Known && counted.owner != 0 && !user.is_some_and(is_theirs) {
            counted.by = self.attempt_of_stranger(action, &counted.account, client).await?;
        }
        Ok(())
    }

    /// The password was right: resets the pair, forgives failures of strangers as far as that may be, remembers the
    /// address, and gives its attempt back.
    pub(in crate::auth) async fn attempt_succeeded(&self, attempt: Attempt, user: &U) {
        let Attempt(Some(counted)) = attempt else { return };
        let limiting = &self.inner().limiting;
        let (settings, now) = (&limiting.settings, self.now());
        let remember = (counted.addressed && !counted.in_session).then(|| limiting.owner(user));
        limiting.tries(&counted.pair, settings.pair_success(remember), now).await;
        limiting.tries(&counted.account, settings.account_success(counted.by != By::Known), now).await;
        self.give_back(counted.failures.as_ref()).await;
    }

    /// The password was not checked, or was not what failed.
    pub(in crate::auth) async fn attempt_undone(&self, attempt: Attempt) {
        let Attempt(Some(counted)) = attempt else { return };
        let limiting = &self.inner().limiting;
        let (settings, now) = (&limiting.settings, self.now());
        limiting.tries(&counted.pair, settings.pair_undo(counted.in_session), now).await;
        if counted.by != By::Known {
            limiting.tries(&counted.account, settings.account_undo(), now).await;
        }
        self.give_back(counted.failures.as_ref()).await;
    }

    /// Does the same after the store failed. The request may have used up its time for the store, and then each call
    /// would fail and the attempt would stay counted. So this runs once, in a separate task, where each call waits as
    /// long as calls outside of requests do.
    pub(in crate::auth) async fn attempt_undone_later(&self, attempt: Attempt) {
        if attempt.0.is_none() {
            return;
        }
        let auth = self.clone();
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move { auth.attempt_undone(attempt).await })),
            Err(_) => self.attempt_undone(attempt).await,
        }
    }

    /// The password was wrong, as assumed when counting.
    pub(in crate::auth) fn attempt_failed(&self, attempt: Attempt, user: Option<String>, client: &Client) {
        if let Attempt(Some(Counted { by: By::LastStranger, account, .. })) = attempt {
            self.tell_about(client, account.to_string(), EventKind::PasswordLocked { user });
        }
    }

    async fn give_back(&self, failures: Option<&LimitKey>) {
        let limiting = &self.inner().limiting;
        if let Some(key) = failures {
            limiting.rate(key, Step::give_back(limiting.settings.failures_per_address), self.now()).await;
        }
    }

    /// A password was set: forgets failures with the previous one, so that unknown clients may try again.
    pub(in crate::auth) async fn password_was_set(&self, user: &U) {
        let limiting = &self.inner().limiting;
        if !limiting.settings.on {
            return;
        }
        for index in 0..U::SCHEMA.logins.len() {
            if let Some(login) = user.login(index) {
                limiting.tries(&self.account_key(index, login), Step::forget(), self.now()).await;
            }
        }
    }

    /// An account with a password of its own was created: the client that created it is known there.
    pub(in crate::auth) async fn account_began(&self, user: &U, client: &Client) {
        let limiting = &self.inner().limiting;
        if !limiting.settings.on {
            return;
        }
        self.password_was_set(user).await;
        let Some(ip) = client.ip else { return };
        for index in 0..U::SCHEMA.logins.len() {
            if let Some(login) = user.login(index) {
                let pair = limiting.pair(&self.account_key(index, login), Some(ip));
                limiting.tries(&pair, limiting.settings.pair_success(Some(limiting.owner(user))), self.now()).await;
            }
        }
    }

    /// Returns the login under which the user is counted.
    pub(in crate::auth) fn counted_login(user: &U) -> (usize, &str) {
        (0..U::SCHEMA.logins.len()).find_map(|index| Some((index, user.login(index)?))).unwrap_or_default()
    }
}

impl<U: AuthUser> Management<'_, U> {
    /// Lets unknown clients try the password of this account again at once, instead of waiting for a lock or delay to
    /// end: for an owner on a new client. Setting a password does the same.
    ///
    /// # Errors
    /// [`AuthError::NotFound`]; [`AuthError::Unavailable`] if the store failed.
    pub async fn unlock(&self, id: &U::Id) -> Result<(), AuthError> {
        let user = self.auth.inner().users.find(id).await?.ok_or(AuthError::NotFound)?;
        self.auth.password_was_set(&user).await;
        self.tell(EventKind::PasswordUnlocked { user: id.to_string() });
        Ok(())
    }
}
