//! The second factors of an account: set up, confirmed, removed, by its user or by the application.
//!
//! Whoever adds or removes a factor ends every other session: what somebody else has begun with less does not go on. The
//! session that adds one gains it, because its first factor and this one were shown within the same minutes. A factor
//! needs a confirmed address where there is mail: it outlives what ends when the address is proved by somebody else.
//!
//! A change runs to its end, also if its client hangs up: its user is told of it, whoever made it.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{AccountService, Accounts};
use crate::base::error::{AuthError, FieldError};
use crate::factors::{FactorOwner, Left, Removal, TotpEnrolment};
use crate::mail::LetterKind;
use crate::model::claims::{Amr, Claims as _, SessionId};
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::proof::{Bar, Evidence, Goal, Shown, judge, needs_mfa};
use crate::rate_limits::BegunAttempt;
use crate::revocation::epoch::Bump;
use crate::session::CompletionGuard;
use crate::store::{TRIES, uninterrupted};

/// What an account has beside its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FactorsInfo {
    /// Whether a sign-in needs a second step.
    pub second_step: bool,
    /// Whether an authenticator app was confirmed.
    pub totp: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: u8,
}

/// Recovery codes, to be printed: each works once, in place of the second factor. Nobody can show them again.
#[derive(Clone)]
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    pub(super) const fn new(codes: Vec<String>) -> Self {
        Self(codes)
    }

    /// Returns the codes: `xxxx-xxxx-xxxx-xxxx`.
    #[must_use]
    pub fn codes(&self) -> &[String] {
        &self.0
    }
}

/// Without the codes.
impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryCodes([redacted]; {})", self.0.len())
    }
}

impl<U: AuthUser> AccountService<U> {
    /// Whether people may have second factors.
    pub(crate) fn has_factors(&self) -> bool {
        self.factors.are_on()
    }

    /// Whether a sign-in to the account needs a second step. A mailbox takes nothing away from such an account.
    pub(super) async fn has_second_step(&self, user: &U) -> Result<bool, AuthError> {
        Ok(self.factors.needs_second_step(&FactorOwner::of(user), needs_mfa(user)).await?)
    }

    /// Returns the factors of a signed-in user; see [`Auth::factors`](crate::Auth::factors).
    pub(crate) async fn factors_of(&self, claims: &U::Claims) -> Result<FactorsInfo, AuthError> {
        let user = self.signed_in_user(claims).await?;
        self.factors_info(&user).await
    }

    /// Returns the factors of an account.
    pub(crate) async fn factors_info(&self, user: &U) -> Result<FactorsInfo, AuthError> {
        let factors = self.factors.of(&FactorOwner::of(user)).await?;
        let (second_step, totp) = (factors.has_second_step(), factors.has_totp());
        Ok(FactorsInfo { second_step, totp, recovery_codes_left: factors.recovery_codes_left() })
    }

    /// Begins to set an app up; see [`Auth::begin_totp`](crate::Auth::begin_totp).
    pub(crate) async fn begin_totp(&self, claims: &U::Claims) -> Result<TotpEnrolment, AuthError> {
        let user = self.user_who_may_add_factors(claims).await?;
        let session = self.living_session(&user, claims).await?;
        // Whoever has shown a second factor has a new phone. A device that is trusted, and a session from before, have not.
        let may_replace = claims.registered().amr.contains(Amr::MFA);
        let begun = self.factors.begin_totp(&FactorOwner::of(&user), session, first_login(&user), may_replace).await?;
        begun.ok_or_else(|| {
            let message =
                "an authenticator app is already set up: sign in with it, or with a recovery code, to replace it";
            denied("totp_already_set_up", message)
        })
    }

    /// Confirms it; see [`Auth::confirm_totp`](crate::Auth::confirm_totp).
    pub(crate) async fn confirm_totp(
        self: &Arc<Self>,
        _begun: BegunAttempt,
        claims: &U::Claims,
        code: &str,
        client: &ClientInfo,
    ) -> Result<RecoveryCodes, AuthError> {
        let (this, claims, code, client) = (Arc::clone(self), claims.clone(), code.to_owned(), client.clone());
        uninterrupted(async move { this.confirm_and_tell(&claims, &code, &client).await }).await?
    }

    async fn confirm_and_tell(
        &self,
        claims: &U::Claims,
        code: &str,
        client: &ClientInfo,
    ) -> Result<RecoveryCodes, AuthError> {
        let user = self.user_who_may_add_factors(claims).await?;
        let (owner, session) = (FactorOwner::of(&user), *claims.registered().sid);
        let wrong = || {
            let message = "wrong code, or the set-up has expired: check the clock of the phone, or begin again";
            AuthError::InvalidFields(vec![FieldError::new("code", "wrong", message)])
        };
        if !self.factors.would_confirm_totp(&owner, session, code).await? {
            return Err(wrong());
        }
        let confirm = self.factors.confirm_totp(&owner, session, code);
        let codes = self.change_factors(&user, Some(session), client, confirm).await?.ok_or_else(wrong)?;
        self.factors_changed(&user, EventKind::FactorAdded { user: owner.id }, LetterKind::FactorAdded, client).await;
        // The codes are shown this once. Without the factor in it, the session is as good as it was.
        if let Err(error) = self.gain_factor(&user, session).await {
            let error: &dyn std::error::Error = &error;
            tracing::info!(target: "auth::login", error,
                "a session does not say that its user has shown a factor: the next sign-in does");
        }
        Ok(RecoveryCodes(codes))
    }

    /// Removes it; see [`Auth::remove_totp`](crate::Auth::remove_totp).
    pub(crate) async fn remove_totp(
        self: &Arc<Self>,
        claims: &U::Claims,
        client: &ClientInfo,
    ) -> Result<bool, AuthError> {
        let (this, claims, client) = (Arc::clone(self), claims.clone(), client.clone());
        uninterrupted(async move { this.remove_and_tell(&claims, &client).await }).await?
    }

    async fn remove_and_tell(&self, claims: &U::Claims, client: &ClientInfo) -> Result<bool, AuthError> {
        let user = self.signed_in_user(claims).await?;
        let (owner, session) = (FactorOwner::of(&user), *claims.registered().sid);
        if !self.factors.of(&owner).await?.has_totp() {
            return Ok(false);
        }
        // Those that are switched off replace nothing: nobody can sign in with one.
        let (passkeys, of) = (self.sign_in.passkeys().ok(), &owner);
        let usable = move || async move {
            match passkeys {
                Some(passkeys) => passkeys.keys_of(of).await,
                None => Ok(Vec::new()),
            }
        };
        let left = Left { factor: needs_mfa(&user), passkey: false };
        // Before any session ends because of it; and again, as it is removed.
        if left.factor && usable().await?.is_empty() {
            return Err(AuthError::LastFactor);
        }
        let remove = async {
            match self.factors.remove_totp(&owner, left, usable).await? {
                Removal::Removed => Ok(Some(())),
                Removal::Absent => Ok(None),
                Removal::Last => Err(AuthError::LastFactor),
            }
        };
        let removed = self.change_factors(&user, Some(session), client, remove).await?.is_some();
        if removed {
            let event = EventKind::FactorRemoved { user: owner.id };
            self.factors_changed(&user, event, LetterKind::FactorRemoved, client).await;
            self.lose_factor(&user, session).await?;
        }
        Ok(removed)
    }

    /// Makes new codes; see [`Auth::regenerate_recovery_codes`](crate::Auth::regenerate_recovery_codes).
    pub(crate) async fn regenerate_recovery_codes(
        self: &Arc<Self>,
        claims: &U::Claims,
        client: &ClientInfo,
    ) -> Result<RecoveryCodes, AuthError> {
        let (this, claims, client) = (Arc::clone(self), claims.clone(), client.clone());
        uninterrupted(async move { this.regenerate_and_tell(&claims, &client).await }).await?
    }

    async fn regenerate_and_tell(&self, claims: &U::Claims, client: &ClientInfo) -> Result<RecoveryCodes, AuthError> {
        let user = self.signed_in_user(claims).await?;
        self.living_session(&user, claims).await?;
        let owner = FactorOwner::of(&user);
        let codes = self.factors.regenerate_recovery_codes(&owner).await?;
        let codes = codes.ok_or_else(|| denied("totp_not_set_up", "set up an authenticator app or a passkey first"))?;
        let event = EventKind::RecoveryCodesGenerated { user: owner.id };
        self.factors_changed(&user, event, LetterKind::RecoveryCodesGenerated, client).await;
        Ok(RecoveryCodes(codes))
    }

    /// Returns the signed-in user, if they may add a factor. One that is added to an address that was never confirmed would
    /// stay when its owner proves it.
    async fn user_who_may_add_factors(&self, claims: &U::Claims) -> Result<U, AuthError> {
        if !self.factors.are_on() {
            return Err(AuthError::internal("no second factor is switched on: `AuthBuilder::totp`"));
        }
        let user = self.signed_in_user(claims).await?;
        if self.outbox.is_some() && user.is_verified() == Some(false) {
            return Err(denied("address_not_verified", "confirm your address first"));
        }
        Ok(user)
    }

    /// Returns the session of the claims if it has not ended, by the store: a guard may have looked some time ago.
    pub(super) async fn living_session(&self, user: &U, claims: &U::Claims) -> Result<SessionId, AuthError> {
        Ok(self.sessions.living(user.id(), *claims.registered().sid).await?.id)
    }

    /// Changes the factors, and ends every session of the user but this one: before, in case this process is killed right
    /// after, and for a session that has ended and whose request is late; and after it, for sign-ins in between. `None` if
    /// nothing was changed.
    pub(super) async fn change_factors<T>(
        &self,
        user: &U,
        session: Option<SessionId>,
        client: &ClientInfo,
        change: impl Future<Output = Result<Option<T>, AuthError>> + Send,
    ) -> Result<Option<T>, AuthError> {
        let (id, bump) = (user.id(), Bump::Sessions { except: session });
        self.sessions.bump_first(None, id, bump).await?;
        let mut guard = CompletionGuard::epoch(&self.sessions, id, bump.again());
        let Some(changed) = change.await? else {
            guard.disarm();
            return Ok(None);
        };
        match self.sessions.bump_again(id, bump.again(), &mut guard).await {
            Ok(epoch) => self.sessions.sessions_ended(id, &epoch, session, guard, client).await,
            // It is changed, and they end as soon as the store is back.
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(target: "auth::session", error, user = %id,
                    "a factor was changed, and sessions that began meanwhile end when the store is back");
            }
        }
        Ok(Some(changed))
    }

    pub(super) async fn factors_changed(&self, user: &U, event: EventKind, kind: LetterKind, client: &ClientInfo) {
        self.reporter.report(client, event);
        if let Some(outbox) = &self.outbox {
            outbox.notify(&self.limits, user, kind, None, client).await;
        }
    }

    /// Records that the session has shown the factor of its user. It is no fresher for it.
    async fn gain_factor(&self, user: &U, session: SessionId) -> Result<(), AuthError> {
        for _ in 0..TRIES {
            let living = self.sessions.living(user.id(), session).await?;
            // What was shown last may have been the mailbox, if that was ever shown.
            let by_password = living.amr.contains(Amr::PASSWORD) && !living.amr.contains(Amr::EMAIL);
            let first = if by_password { Shown::KNOWN } else { Shown::MAILBOX };
            let evidence = Evidence::of_steps(user.clone(), living.generation, first | Shown::HELD, Amr::OTP);
            let bar = Bar::of(user).with_second_step(true);
            // Whoever has shown too little signs in again.
            let Ok(proof) = judge(evidence, Goal::Freshen(&living.amr), bar) else { return Ok(()) };
            let amr = living.amr.clone().and(proof.amr().clone());
            if self.sessions.set_amr(living, amr).await?.is_some() {
                return Ok(());
            }
        }
        Err(AuthError::unavailable("the session was changed by too many at once"))
    }

    /// Records that a session has no second factor any more: otherwise its user could never make it fresh again.
    async fn lose_factor(&self, user: &U, session: SessionId) -> Result<(), AuthError> {
        for _ in 0..TRIES {
            let living = self.sessions.living(user.id(), session).await?;
            let amr = living.amr.clone().without(&Amr::MFA.and(Amr::OTP).and(Amr::RECOVERY_CODE));
            if self.sessions.set_amr(living, amr).await?.is_some() {
                return Ok(());
            }
        }
        Err(AuthError::unavailable("the session was changed by too many at once"))
    }
}

impl<U: AuthUser> Accounts<'_, U> {
    /// Removes every second factor, every passkey and every API key of the account, for somebody who has lost phone and recovery codes and
    /// has proved otherwise who they are; also while [`totp`](crate::AuthBuilder::totp) is off. Every session ends first, so
    /// that none adds anything meanwhile. Codes that were tried in vain do not count against the account any more, and the
    /// user is mailed a notice if there was a factor (and the row can be read).
    ///
    /// # Errors
    /// See [`Accounts`].
    pub async fn reset_factors(&self, id: &U::Id) -> Result<(), AuthError> {
        let (accounts, id, by) = (Arc::clone(self.accounts), id.clone(), self.by.clone());
        uninterrupted(async move { accounts.reset_factors(&id, &by).await }).await?
    }
}

impl<U: AuthUser> AccountService<U> {
    /// Removes ways in that were added while the sessions ended, and the sessions that began with them, until there are
    /// none. Returns whether there were any.
    pub(super) async fn end_until_none_is_left<R>(
        &self,
        id: &U::Id,
        by: &ClientInfo,
        remove: impl Fn() -> R + Send,
    ) -> Result<bool, AuthError>
    where
        R: Future<Output = Result<bool, AuthError>> + Send,
    {
        for round in 0..TRIES {
            if !remove().await? {
                return Ok(round > 0);
            }
            self.sessions.end_all(id, by).await?;
        }
        Err(AuthError::unavailable("ways in were added by too many at once"))
    }

    async fn reset_factors(&self, id: &U::Id, by: &ClientInfo) -> Result<(), AuthError> {
        let user = self.row_if_readable(id).await?;
        let owner = id.to_string();
        let of = &*owner;
        let remove = move || async move {
            let passkeys = self.records.delete_owned(&self.kinds.passkey, of, None).await?;
            let keys = self.end_keys_of(of).await?;
            Ok(self.factors.reset(of).await? || passkeys > 0 || keys)
        };
        // Sessions first: one that goes on could add what was just removed, also if this process is killed in between.
        self.sessions.bump_first(None, id, Bump::ALL).await?;
        let mut guard = CompletionGuard::epoch(&self.sessions, id, Bump::ALL);
        let removed = remove().await?;
        let epoch = self.sessions.bump_again(id, Bump::ALL, &mut guard).await?;
        self.sessions.sessions_ended(id, &epoch, None, guard, by).await;
        let removed = self.end_until_none_is_left(id, by, remove).await? || removed;
        self.limits.factors_were_reset(&id.to_string()).await;
        if removed {
            let event = EventKind::FactorsReset { user: id.to_string() };
            match &user {
                Some(user) => self.factors_changed(user, event, LetterKind::FactorRemoved, by).await,
                None => self.reporter.report(by, event),
            }
        }
        Ok(())
    }
}

pub(super) fn denied(code: &'static str, message: &str) -> AuthError {
    AuthError::Denied { code, message: message.to_owned() }
}

/// Returns what apps and authenticators show of an account.
pub(super) fn first_login<U: AuthUser>(user: &U) -> &str {
    (0..U::SCHEMA.logins.len()).find_map(|index| user.login(index)).unwrap_or_default()
}
