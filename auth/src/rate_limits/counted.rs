//! What an attempt at a password is counted at.
//!
//! A login may be looked up in several forms, because rows of earlier releases hold another one, and each form may be
//! the login of another account. So an attempt is counted at every form that it looks up, and a right or a new password
//! forgives what was counted at the form of its own row: whoever knows one password does not reset what protects
//! another.
//!
//! One text for all spellings would be simpler, and then whoever owns one of two accounts that fold to the same could
//! reset the counter of the other: a right password ends waits, and a new one every lock. A stranger gains no attempts
//! by invisible characters, because the canonical form is among those that every spelling looks up. The counters depend
//! on what was typed, never on what exists, and the text of a row is the one under which earlier releases counted it,
//! so counters, locks and known places stay.
//!
//! A client that is known at one of the forms is not counted among strangers before the row is found: somebody who
//! mistypes at home keeps nobody else out. If the row is another one, the attempt is a stranger's after all. The name
//! of a login in events is one for all spellings.
//!
//! An address is known for an account, not for a login: its counter names the account by a hash of the id, compared
//! once the row is found. So the places of a former account are a stranger's at the next account with its login, at no
//! additional query. (Unless the database gives both the same id.)

use std::borrow::Cow;

use super::{ClientInfo, RateLimits};
use crate::limit::{CounterOp, Decision, LimitKey};
use crate::model::canonical::{MOST_SPELLINGS, counted_as, spellings};
use crate::model::claims::SessionId;
use crate::model::user::AuthUser;

/// The accounts that an attempt may be at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoginTarget {
    index: usize,
    /// The name of the login in events: one for all its spellings.
    pub(super) name: LimitKey,
    /// The counters of strangers, one for each form of the login.
    pub(super) accounts: [Option<LimitKey>; MOST_SPELLINGS],
}

/// An attempt at one form of the login.
#[derive(Clone, Copy, Debug)]
pub(super) struct FormAttempt {
    pub(super) account: LimitKey,
    pub(super) client_account: LimitKey,
    /// Whether the client is known there.
    pub(super) known: bool,
    /// The account for which it is; 0 if nobody said.
    pub(super) owner: u64,
    /// Whether the attempt is counted among those of strangers,
    pub(super) counted: bool,
    /// and locks the account if it fails.
    pub(super) last: bool,
}

/// An admitted attempt, which counts as a failure until it turns out not to be one.
#[derive(Clone, Copy, Debug)]
pub(super) struct CountedAttempt {
    pub(super) failures: Option<LimitKey>,
    pub(super) target: LoginTarget,
    pub(super) counters: [Option<FormAttempt>; MOST_SPELLINGS],
    pub(super) in_session: bool,
    /// Whether the client has an address, which can become a known one.
    pub(super) addressed: bool,
}

impl CountedAttempt {
    pub(super) fn counters(&self) -> impl Iterator<Item = &FormAttempt> {
        self.counters.iter().flatten()
    }

    pub(super) fn add(&mut self, attempt: FormAttempt) {
        if let Some(place) = self.counters.iter_mut().find(|place| place.is_none()) {
            *place = Some(attempt);
        }
    }

    /// Whether the attempt is that of a client that has signed in before, and so counted at none of the accounts.
    pub(super) fn is_known(&self) -> bool {
        self.counters().any(|counter| counter.known) && !self.counters().any(|counter| counter.counted)
    }
}

const fn one(account: LimitKey) -> [Option<LimitKey>; MOST_SPELLINGS] {
    let mut accounts = [None; MOST_SPELLINGS];
    let [first, ..] = &mut accounts;
    *first = Some(account);
    accounts
}

impl<U: AuthUser> RateLimits<U> {
    /// An attempt with a login as typed.
    pub(crate) fn target_of_login(&self, index: usize, login: &str) -> LoginTarget {
        let mut accounts = [None; MOST_SPELLINGS];
        match U::SCHEMA.logins.get(index) {
            Some(field) => {
                for (account, form) in accounts.iter_mut().zip(spellings(field, login)) {
                    *account = Some(self.form_key(index, &form));
                }
            }
            None => accounts = one(self.form_key(index, login)),
        }
        LoginTarget { index, name: self.account_key(index, login), accounts }
    }

    /// An attempt at the account of a row, whose login is as stored.
    pub(crate) fn target_of_user(&self, user: &U) -> LoginTarget {
        let login = (0..U::SCHEMA.logins.len()).find_map(|index| Some((index, user.login(index)?)));
        let (index, login) = login.unwrap_or_default();
        LoginTarget { index, name: self.account_key(index, login), accounts: one(self.form_key(index, login)) }
    }

    /// Returns the counter of strangers at the account that has the login in this form.
    pub(super) fn form_key(&self, index: usize, form: &str) -> LimitKey {
        self.key(b"account", &[&(index as u64).to_be_bytes(), form.as_bytes()])
    }

    /// Returns the key of the account with this login, however it is spelled.
    pub(crate) fn account_key(&self, index: usize, login: &str) -> LimitKey {
        self.login_key(b"account", index, login)
    }

    pub(super) fn login_key(&self, what: &[u8], index: usize, login: &str) -> LimitKey {
        let field = U::SCHEMA.logins.get(index);
        let login = field.map_or(Cow::Borrowed(login), |field| counted_as(field, login));
        self.key(what, &[&(index as u64).to_be_bytes(), login.as_bytes()])
    }

    /// Whether the counter is that of the user's own form. A store may find a row by another text than it looks for;
    /// then all counters are.
    pub(super) fn is_own(&self, counted: &CountedAttempt, counter: &FormAttempt, user: &U) -> bool {
        let index = counted.target.index;
        let own = user.login(index).map(|login| self.form_key(index, login));
        Some(counter.account) == own || !counted.counters().any(|other| Some(other.account) == own)
    }

    /// Whether the client is known at the account that was found.
    pub(super) fn is_known_at(&self, counted: &CountedAttempt, user: Option<&U>) -> bool {
        let owner = user.map(|user| self.owner(user));
        counted.counters().filter(|counter| counter.known).any(|counter| {
            let own = user.is_none_or(|user| self.is_own(counted, counter, user));
            own && (counter.owner == 0 || Some(counter.owner) == owner)
        })
    }

    /// Returns the counter of a client at one form of the login.
    pub(super) fn client_at(&self, account: &LimitKey, session: Option<SessionId>, client: &ClientInfo) -> LimitKey {
        match session {
            Some(session) => self.key(b"session", &[session.to_string().as_bytes()]),
            None => self.client_account(account, client.ip),
        }
    }

    /// Evaluates the decision about an attempt of a client. One that has to wait need not if the limits of the account
    /// were lifted after its last failure.
    pub(super) async fn admitted_or_lifted(
        &self,
        account: LimitKey,
        session: Option<SessionId>,
        mut decision: Decision,
        client: &ClientInfo,
    ) -> Result<FormAttempt, Decision> {
        let client_account = self.client_at(&account, session, client);
        if decision.is_refused()
            && let Decision::Lifted { at } = self.failures(&self.lifted(&account), CounterOp::lifted()).await
        {
            decision = self.failures(&client_account, self.settings.client_attempt_since(session.is_some(), at)).await;
        }
        match decision {
            Decision::Admitted { known, owner, .. } => {
                Ok(FormAttempt { account, client_account, known, owner, counted: false, last: false })
            }
            refused => Err(refused),
        }
    }
}
