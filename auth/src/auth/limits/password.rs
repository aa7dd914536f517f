//! Attempts at passwords, counted before they are checked.

use tokio::runtime::Handle;

use super::{Auth, Client};
use crate::auth::Management;
use crate::claims::SessionId;
use crate::error::AuthError;
use crate::event::{EventKind, LimitedAction, LimitedBy};
use crate::limit::{LimitKey, Step, Verdict};
use crate::user::AuthUser;

/// An attempt that was admitted and counts as a failure until it is known to be none.
#[derive(Clone, Copy, Debug)]
pub(in crate::auth) struct Attempt(Option<Counted>);

#[derive(Clone, Copy, Debug)]
struct Counted {
    failures: Option<LimitKey>,
    pair: LimitKey,
    account: LimitKey,
    in_session: bool,
    /// The client has an address, which can become a known one.
    addressed: bool,
    by: By,
}

/// Who makes an attempt, as far as the account knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Whoever was its owner before.
    Known,
    Stranger,
    /// The last one, should this attempt fail.
    LastStranger,
}

impl<U: AuthUser> Auth<U> {
    /// Counts an attempt at the password of whoever has this login, and says whether it may be made. `session`: within
    /// which one it is made.
    ///
    /// What is refused early costs least: the address first (in memory), then the pair of client and account, then,
    /// unless the client is known there, the account. Unknown accounts are counted as known ones are.
    pub(in crate::auth) async fn attempt_password(
        &self,
        action: LimitedAction,
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
        if let Some(key) = limiting.address(b"attempt of address", client.ip) {
            say(LimitedBy::Address, limiting.rate(&key, Step::take(settings.attempts_per_address), now).await)?;
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
        let mut counted = Counted { failures, pair, account, in_session, addressed, by: By::Known };
        let verdict = limiting.tries(&pair, settings.pair_attempt(in_session), now).await;
        let Verdict::Admitted { known, .. } = verdict else {
            // Nothing was tried: an address that many share must not run dry because one of them hammers.
            self.give_back(failures.as_ref()).await;
            return say(LimitedBy::Pair, verdict).map(|_| Attempt(Some(counted)));
        };
        if known {
            return Ok(Attempt(Some(counted)));
        }
        counted.by = By::Stranger;
        let rate = limiting.key(b"attempt of account", &[account.to_string().as_bytes()]);
        let mut verdict = limiting.rate(&rate, Step::take(settings.attempts_per_account), now).await;
        if matches!(verdict, Verdict::Admitted { .. }) {
            verdict = limiting.tries(&account, settings.account_attempt(), now).await;
        }
        match verdict {
            Verdict::Admitted { last: true, .. } => counted.by = By::LastStranger,
            Verdict::Admitted { .. } => {}
            Verdict::Refused { .. } => self.give_back(failures.as_ref()).await,
        }
        say(LimitedBy::Account, verdict).map(|_| Attempt(Some(counted)))
    }

    /// The password was right. The pair and the account begin anew, the address is known, and gets its attempt back.
    pub(in crate::auth) async fn attempt_succeeded(&self, attempt: Attempt) {
        let Attempt(Some(counted)) = attempt else { return };
        let limiting = &self.inner().limiting;
        let (settings, now) = (&limiting.settings, self.now());
        let remember = counted.addressed && !counted.in_session;
        limiting.tries(&counted.pair, settings.pair_success(remember), now).await;
        // The last attempt counted as the failure that locks; it was none.
        let begun_anew = if counted.by == By::LastStranger { Step::forget() } else { settings.account_success() };
        limiting.tries(&counted.account, begun_anew, now).await;
        self.give_back(counted.failures.as_ref()).await;
    }

    /// The password was not checked, or not what failed.
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

    /// The same after the store failed. The request may have waited for it as long as it can, and with no time left each
    /// call would fail: the tries would go on counting what was none. So it is done apart from the request, once, and each
    /// call waits as long as calls outside of requests do.
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

    /// The password was wrong, as was assumed.
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

    /// A password was set: who failed at the one before is forgotten, and strangers may try again.
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

    /// An account was made, with a password of its own; whoever made it is known where they did.
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
                limiting.tries(&pair, limiting.settings.pair_success(true), self.now()).await;
            }
        }
    }

    /// The login that names this user to the counters.
    pub(in crate::auth) fn counted_login(user: &U) -> (usize, &str) {
        (0..U::SCHEMA.logins.len()).find_map(|index| Some((index, user.login(index)?))).unwrap_or_default()
    }
}

impl<U: AuthUser> Management<'_, U> {
    /// Lets strangers try the password of this account again at once, after a lock or a wait between two of their
    /// attempts: for an owner who calls from somewhere new. Setting a password does it, too.
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
