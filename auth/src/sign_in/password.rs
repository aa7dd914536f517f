//! The password: looked up, counted, verified; the first method of signing in.

use std::sync::Arc;
use std::time::Duration;

use super::begin::Recheck;
use super::{Completed, Credentials, Engine, EngineParts, SignIn};
use crate::PasswordHash;
use crate::base::error::AuthError;
use crate::context::Context;
use crate::limit::LimitKey;
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, LetterKind, LimitedAction, LoginFailure};
use crate::model::hooks::DynHooks;
use crate::model::user::AuthUser;
use crate::passkeys::Passkeys;
use crate::password::{LookupPermit, Password, PasswordError, Passwords, Verification};
use crate::proof::{Evidence, HashState, PresentedDevice, Proof};
use crate::rate_limits::password::Attempt;
use crate::rate_limits::{BegunAttempt, RateLimits};
use crate::sign_in::logins::Logins;
use crate::store::{StoreError, bounded};

/// Signs in with passwords, and asks for them again.
pub(crate) struct PasswordSignIn<U: AuthUser> {
    pub(super) engine: Engine<U>,
    pub(super) limits: Arc<RateLimits<U>>,
    pub(super) logins: Logins<U>,
    passwords: Passwords,
    /// If people may have them.
    pub(super) passkeys: Option<Arc<Passkeys>>,
    store_timeout: Duration,
}

/// A password to be verified.
pub(crate) struct Typed<'a, U> {
    /// The account that it is for, if there is one.
    pub(crate) user: Option<&'a U>,
    pub(crate) password: &'a str,
    /// The name in events of the login that was typed, if one was.
    pub(crate) login: Option<LimitKey>,
}

/// A password that was right for `user` when their hash was `hash`.
struct RightPassword<'a, U: AuthUser> {
    sign_in: &'a PasswordSignIn<U>,
    password: &'a str,
    client: &'a ClientInfo,
}

impl<U: AuthUser> Recheck<U> for RightPassword<'_, U> {
    async fn is_right_for(&self, row: &U, proof: &Proof<U>) -> Result<bool, AuthError> {
        self.sign_in.knows(row, proof.hash(), self.password, self.client).await
    }
}

impl<U: AuthUser> PasswordSignIn<U> {
    pub(crate) fn new(
        context: &Context<U>,
        parts: EngineParts<U>,
        passwords: Passwords,
        passkeys: Option<Arc<Passkeys>>,
    ) -> Self {
        let (limits, logins) = (Arc::clone(&parts.limits), Logins::new(&context.users));
        let engine = Engine::new(context, parts);
        Self { engine, limits, logins, passwords, passkeys, store_timeout: context.store_timeout }
    }

    /// Returns what hashes and verifies passwords.
    pub(crate) const fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Returns what the application does before and after.
    pub(crate) fn hooks(&self) -> &dyn DynHooks<U> {
        &*self.engine.hooks
    }

    /// Signs in; see [`Auth::login`](crate::Auth::login).
    pub(crate) async fn login(
        &self,
        begun: BegunAttempt,
        credentials: Credentials<'_>,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let (evidence, is_known) = self.prove(begun, credentials, client).await?;
        let method = RightPassword { sign_in: self, password: credentials.password, client };
        let evidence = evidence.with_new_network(!is_known).with_device(credentials.device.map(PresentedDevice::new));
        let outcome = self.engine.sign_in(evidence, &method, begun, client).await?;
        if !is_known {
            self.signed_in_from_new_network(&outcome, client).await;
        }
        Ok(outcome)
    }

    /// Tells the user of a session that began in a network from which nobody has signed in before, and then remembers the
    /// network: whoever hangs up in between is told of again.
    pub(super) async fn signed_in_from_new_network(&self, outcome: &SignIn<U>, client: &ClientInfo) {
        if let SignIn::Complete(Completed::SignedIn { user, .. }) = outcome {
            self.notify(user, LetterKind::NewSignIn, client.ip.map(|ip| ip.to_string()), client);
            self.limits.client_signed_in(user, client).await;
        }
    }

    /// Tells the user what has happened, if mail is on, without letting anybody wait for it.
    pub(super) fn notify(&self, user: &U, kind: LetterKind, about: Option<String>, client: &ClientInfo) {
        if let Some(outbox) = &self.engine.outbox {
            outbox.notify_later(&self.limits, user.clone(), kind, about, client);
        }
    }

    /// Begins the session of an account that has just been created with this password.
    pub(crate) async fn first_session(
        &self,
        begun: BegunAttempt,
        user: U,
        password: &str,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let generation = self.engine.sessions.epoch(user.id()).await?.generation;
        let evidence = Evidence::of_password(user, generation);
        let method = RightPassword { sign_in: self, password, client };
        self.engine.first_session(evidence, &method, begun, client).await
    }

    pub(super) fn report(&self, client: &ClientInfo, kind: EventKind) {
        self.engine.reporter.report(client, kind);
    }

    /// Counts the attempt and checks the password. Returns also whether the client is known at the account.
    async fn prove(
        &self,
        begun: BegunAttempt,
        credentials: Credentials<'_>,
        client: &ClientInfo,
    ) -> Result<(Evidence<U>, bool), AuthError> {
        let login = (Self::wanted_login(credentials)?, credentials.login);
        let permit = self.lookup_permit().await?;
        let target = self.limits.target_of_login(login.0, login.1);
        let mut attempt = self.limits.attempt_password(begun, target, None, client).await?;
        let shown = self.check(login, credentials.password, &mut attempt, permit, client).await;
        let is_known = self.count(attempt, shown.as_ref().map(Evidence::user)).await;
        Ok((shown?, is_known))
    }

    /// Counts how an attempt ended. A wrong password was counted in advance. Returns whether the client is known.
    async fn count(&self, attempt: Attempt, verified: Result<&U, &AuthError>) -> bool {
        match verified {
            Ok(user) => return self.limits.attempt_succeeded(attempt, user).await,
            Err(AuthError::InvalidCredentials) => {}
            Err(AuthError::Unavailable { .. }) => self.limits.attempt_undone_later(attempt).await,
            Err(_) => self.limits.attempt_undone(attempt).await,
        }
        true
    }

    /// Waits for the permit to look up an account, for as long as it may wait for stores.
    pub(crate) async fn lookup_permit(&self) -> Result<LookupPermit<'_>, AuthError> {
        let permit = async {
            self.passwords.lookup_permit().await.ok_or_else(|| StoreError::unavailable("no login slot became free"))
        };
        Ok(bounded(self.store_timeout, permit).await?)
    }

    async fn check(
        &self,
        (index, login): (usize, &str),
        password: &str,
        attempt: &mut Attempt,
        permit: LookupPermit<'_>,
        client: &ClientInfo,
    ) -> Result<Evidence<U>, AuthError> {
        let sessions = &self.engine.sessions;
        let name = Some(self.limits.account_key(index, login));
        let user = match self.logins.find_typed(index, login).await {
            Err(error) if error.is_corrupt() => {
                drop(permit);
                if self.knows_unreadable((index, login), password).await? {
                    return Err(error.into());
                }
                self.refuse(None, name, LoginFailure::WrongPassword, *attempt, client);
                return Err(AuthError::InvalidCredentials);
            }
            user => user?,
        };
        // Read before the password is checked: any change of the password meanwhile raises it.
        let generation = match &user {
            Some(user) => sessions.epoch(user.id()).await?.generation,
            // The same number of queries for an account that does not exist.
            None => sessions.epoch_of_nobody().await?.generation,
        };
        drop(permit);
        self.limits.recheck_client(attempt, LimitedAction::Login, user.as_ref(), client).await?;
        let typed = Typed { user: user.as_ref(), password, login: name };
        let upgrade = self.verify(typed, *attempt, client).await?;
        let user = user.ok_or(AuthError::InvalidCredentials)?;
        if !user.is_active() {
            self.report_failure(Some(user.id().to_string()), name, LoginFailure::Inactive, client);
            return Err(AuthError::InactiveUser);
        }
        let hash = match upgrade {
            Some(hash) => self.renew_hash(&user, hash, client).await,
            None => HashState::Stays,
        };
        Ok(Evidence::of_password(user, generation).with_hash(hash))
    }

    /// Verifies the password of a user who is signed in, within `session`. `begun` is the attempt, admitted by the rate
    /// of its address.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`] if it is wrong; [`AuthError::TooManyRequests`]; [`AuthError::Busy`].
    pub(crate) async fn verify_in_session(
        &self,
        begun: BegunAttempt,
        user: &U,
        password: &str,
        session: Option<SessionId>,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let attempt = self.prove_in_session(begun, user, password, session, client).await?;
        self.limits.attempt_succeeded(attempt, user).await;
        Ok(())
    }

    /// Does the same for whoever counts the right password together with what follows it: until then the attempt counts
    /// as a failure.
    pub(crate) async fn prove_in_session(
        &self,
        begun: BegunAttempt,
        user: &U,
        password: &str,
        session: Option<SessionId>,
        client: &ClientInfo,
    ) -> Result<Attempt, AuthError> {
        let attempt = self.limits.attempt_password(begun, self.limits.target_of_user(user), session, client).await?;
        match self.verify(Typed { user: Some(user), password, login: None }, attempt, client).await {
            Ok(_) => Ok(attempt),
            Err(error) => {
                self.count(attempt, Err(&error)).await;
                Err(error)
            }
        }
    }

    /// Verifies a password, for every purpose: reports a wrong one, and a hash that cannot be checked. Returns a stronger
    /// hash of it if the stored one is weak.
    async fn verify(
        &self,
        typed: Typed<'_, U>,
        attempt: Attempt,
        client: &ClientInfo,
    ) -> Result<Option<PasswordHash>, AuthError> {
        let Typed { user, password, login } = typed;
        let stored = user.and_then(AuthUser::password_hash);
        let id = user.map(|user| user.id().to_string());
        let result = self.passwords.verify(Password::new(password), stored).await;
        if let (Err(PasswordError::CorruptHash { .. }), Some(id)) = (&result, &id) {
            self.report(client, EventKind::CorruptHash { user: id.clone() });
        }
        let has_password = PasswordHash::is_way_in(stored);
        let reason = match (result?, user) {
            (Verification::Match { upgrade }, Some(_)) => return Ok(upgrade),
            (_, None) => LoginFailure::UnknownAccount,
            (Verification::Mismatch, Some(_)) if has_password => LoginFailure::WrongPassword,
            (Verification::Mismatch, Some(_)) => LoginFailure::NoPassword,
        };
        self.refuse(user, login, reason, attempt, client);
        Err(AuthError::InvalidCredentials)
    }

    /// Reports a wrong password, which stays counted.
    fn refuse(
        &self,
        user: Option<&U>,
        login: Option<LimitKey>,
        reason: LoginFailure,
        attempt: Attempt,
        client: &ClientInfo,
    ) {
        let id = user.map(|user| user.id().to_string());
        self.report_failure(id.clone(), login, reason, client);
        if self.limits.attempt_failed(attempt, id, client)
            && let Some(user) = user
        {
            self.notify(user, LetterKind::PasswordLocked, None, client);
        }
    }

    /// Reports a failure: under the name of the login if one was typed.
    fn report_failure(&self, user: Option<String>, login: Option<LimitKey>, reason: LoginFailure, client: &ClientInfo) {
        let failed = EventKind::LoginFailed { user, reason };
        match login {
            Some(login) => self.engine.reporter.report_about(client, login.to_string(), failed),
            None => self.report(client, failed),
        }
    }

    /// The row cannot be read, because it holds a value that this release does not know. Only who knows the password is
    /// told.
    async fn knows_unreadable(&self, (index, login): (usize, &str), password: &str) -> Result<bool, AuthError> {
        let stored = self.logins.find_typed_hash(index, login).await?;
        let stored = stored.as_ref().map(PasswordHash::expose);
        Ok(matches!(self.passwords.verify(Password::new(password), stored).await?, Verification::Match { .. }))
    }

    /// Returns whether a password that was verified against `hash` is the one of `user` as read later. Another hash says
    /// nothing about the password, because hashes are renewed.
    pub(crate) async fn knows(
        &self,
        user: &U,
        hash: Option<&str>,
        password: &str,
        client: &ClientInfo,
    ) -> Result<bool, AuthError> {
        if user.password_hash() == hash {
            return Ok(true);
        }
        let result = self.passwords.verify(Password::new(password), user.password_hash()).await;
        if let Err(PasswordError::CorruptHash { .. }) = &result {
            self.report(client, EventKind::CorruptHash { user: user.id().to_string() });
        }
        Ok(matches!(result?, Verification::Match { .. }))
    }

    /// Reports that the password was changed, or the account deleted, while the password was being checked.
    pub(crate) fn raced(&self, id: &U::Id, client: &ClientInfo) -> AuthError {
        self.engine.raced(id, client)
    }

    /// Stores a stronger hash of the password that was just verified, unless the stored one is no longer the verified one.
    /// A failure must not refuse the login: the next one tries again.
    async fn renew_hash(&self, user: &U, hash: PasswordHash, client: &ClientInfo) -> HashState {
        let old = user.password_hash().unwrap_or_default();
        match self.engine.users.replace_password(user.id(), old, &hash).await {
            Ok(true) => {
                self.report(client, EventKind::PasswordRehashed { user: user.id().to_string() });
                HashState::Renewed(hash)
            }
            Ok(false) => HashState::Replaced,
            Err(error) => {
                let (error, user): (&dyn std::error::Error, _) = (&error, user.id().to_string());
                tracing::warn!(target: "auth::store", error, user, "a password hash could not be renewed");
                HashState::Stays
            }
        }
    }

    /// Returns the index of the login field.
    fn wanted_login(credentials: Credentials<'_>) -> Result<usize, AuthError> {
        let logins = U::SCHEMA.logins.iter().enumerate();
        let mut wanted = logins.filter(|(_, login)| credentials.field.is_none_or(|field| login.column == field));
        let (index, _) = wanted.next().ok_or(AuthError::InvalidRequest("there is no such login field"))?;
        Ok(index)
    }
}
