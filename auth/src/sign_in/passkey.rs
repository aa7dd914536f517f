//! A passkey: the authenticator has checked its user, so it is several factors at once, and meets every bar but a mailbox.
//!
//! Who signs in is what the passkey says, never what somebody has typed. There is nothing to guess, so nothing is counted at
//! an account; what a stranger can do with a wrong answer is use up a challenge of their own, at the rate of their address.
//!
//! A sign-in that waits for a second factor goes on with one, too. Then it is known who it is about: the browser is told which
//! passkeys fit, which nobody learns before a first factor was right, and the challenge is of this sign-in and of nothing
//! else. A try is spent before the challenge is, and both before anything is verified.

use std::sync::Arc;

use serde_json::Value;

use super::begin::Recheck;
use super::step::StepTaken;
use super::{PasswordSignIn, SignIn};
use crate::base::error::AuthError;
use crate::factors::FactorOwner;
use crate::mail::{MailPurpose, MailToken};
use crate::model::claims::{Amr, SessionId};
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, LetterKind, LoginFailure};
use crate::model::user::{AuthUser, is_same_row};
use crate::passkeys::{CeremonyError, NewPasskey, PasskeyFailure, PasskeyOptions, Passkeys, Purpose, UsedPasskey};
use crate::proof::{Evidence, Proof, Shown};
use crate::rate_limits::BegunAttempt;
use crate::store::{StoreError, uninterrupted};

/// A passkey that was right.
pub(super) struct ByPasskey {
    passkeys: Arc<Passkeys>,
    used: UsedPasskey,
}

impl ByPasskey {
    /// Whether the account still has it.
    pub(super) async fn is_of<U: AuthUser>(&self, row: &U) -> Result<bool, AuthError> {
        let same = row.id().to_string() == self.used.owner && is_same_row(row, self.used.row);
        Ok(same && self.passkeys.has(&self.used).await?)
    }

    pub(super) fn evidence<U: AuthUser>(&self, user: U, generation: u64) -> Evidence<U> {
        let (shown, amr) = shown_by_passkey(self.used.is_synced);
        Evidence::of_steps(user, generation, shown, amr)
    }
}

/// Returns what a passkey shows, and how.
pub(super) fn shown_by_passkey(is_synced: bool) -> (Shown, Amr) {
    (Shown::HELD | Shown::VERIFIED, Amr::of_passkey(is_synced))
}

impl<U: AuthUser> Recheck<U> for ByPasskey {
    async fn is_right_for(&self, row: &U, _: &Proof<U>) -> Result<bool, AuthError> {
        self.is_of(row).await
    }
}

impl<U: AuthUser> PasswordSignIn<U> {
    /// Returns the passkeys, if they are switched on.
    pub(crate) fn passkeys(&self) -> Result<&Arc<Passkeys>, AuthError> {
        self.passkeys.as_ref().ok_or_else(|| AuthError::internal("passkeys are off: `AuthBuilder::passkeys`"))
    }

    /// Signs in whoever has the passkey; see [`Auth::sign_in_by_passkey`](crate::Auth::sign_in_by_passkey).
    pub(crate) async fn passkey_sign_in(
        &self,
        begun: BegunAttempt,
        answer: &Value,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let shown = self.show_passkey(Purpose::SignIn, None, answer, client).await?;
        let owner = Some(shown.used.owner.clone());
        let unknown = |reason| {
            self.report(client, EventKind::LoginFailed { user: owner.clone(), reason });
            AuthError::InvalidPasskey
        };
        let id = shown.used.owner.parse::<U::Id>().map_err(|_| unknown(LoginFailure::UnknownAccount))?;
        // Read after the passkey was right, and before it is asked whether it still is: whatever changes later is of a later
        // generation.
        let generation = self.engine.sessions.epoch(&id).await?.generation;
        let row = self.engine.users.find(&id).await?;
        let Some(user) = row else { return Err(unknown(LoginFailure::UnknownAccount)) };
        if !shown.is_of(&user).await? {
            return Err(unknown(LoginFailure::WrongPasskey));
        }
        if !user.is_active() {
            self.report(client, EventKind::LoginFailed { user: owner.clone(), reason: LoginFailure::Inactive });
            return Err(AuthError::InactiveUser);
        }
        // The network does not become one that is known: that is about passwords, of which nobody has shown one.
        self.engine.sign_in(shown.evidence(user, generation), &shown, begun, client).await
    }

    /// Returns the options with which the user of a sign-in that waits for a factor shows a passkey; see
    /// [`Auth::begin_passkey_step`](crate::Auth::begin_passkey_step).
    pub(crate) async fn begin_passkey_step(
        &self,
        _begun: BegunAttempt,
        sign_in: &str,
        client: &ClientInfo,
    ) -> Result<PasskeyOptions, AuthError> {
        let token = self.waiting(MailPurpose::Factor, sign_in, client).await?;
        let (user, _) = self.account_of(&token, client).await?;
        let owner = FactorOwner::of(&user);
        let purpose = Purpose::Step { owner: &owner.id, sign_in: token.id() };
        self.passkeys()?.begin_of_user(&owner, purpose).await?.ok_or_else(no_passkey)
    }

    /// Takes a step with a passkey of the account that the sign-in is about.
    ///
    /// # Errors
    /// [`AuthError::InvalidPasskey`]; [`AuthError::UnknownPasskey`]; [`AuthError::SignInExpired`].
    pub(crate) async fn passkey_answer(
        &self,
        sign_in: &str,
        credential: &Value,
        client: &ClientInfo,
    ) -> Result<StepTaken<U>, AuthError> {
        let expired = || self.sign_in_expired(client);
        let token = self.waiting(MailPurpose::Factor, sign_in, client).await?;
        let token = self.engine.tokens.spend_try(token).await?.ok_or_else(expired)?;
        // A sign-in that is void uses no challenge up.
        let account = self.account_of(&token, client).await?;
        let owner = FactorOwner::of(&account.0);
        let purpose = Purpose::Step { owner: &owner.id, sign_in: token.id() };
        let shown = self.show_passkey(purpose, Some(&owner), credential, client).await?;
        self.take_step(token, account, shown_by_passkey(shown.used.is_synced), client).await
    }

    /// Takes the step that adds a passkey, whose authenticator has just verified its user.
    pub(crate) async fn take_passkey_enrolment(
        &self,
        token: MailToken,
        account: (U, u64),
        new: &NewPasskey,
        client: &ClientInfo,
    ) -> Result<StepTaken<U>, AuthError> {
        self.take_enrolment(token, account, shown_by_passkey(new.is_synced()), client).await
    }

    /// Returns the options with which the user of a session shows a passkey.
    pub(crate) async fn begin_passkey_reauthentication(
        &self,
        id: &U::Id,
        session: SessionId,
    ) -> Result<PasskeyOptions, AuthError> {
        let user = self.user_of(id, session).await?;
        let owner = FactorOwner::of(&user);
        let purpose = Purpose::Reauthenticate { owner: &owner.id, session };
        let options = self.passkeys()?.begin_of_user(&owner, purpose).await?;
        options.ok_or_else(no_passkey)
    }

    /// Asks for a passkey of this user, or of anybody, and reports what is wrong.
    pub(super) async fn show_passkey(
        &self,
        purpose: Purpose<'_>,
        owner: Option<&FactorOwner>,
        answer: &Value,
        client: &ClientInfo,
    ) -> Result<ByPasskey, AuthError> {
        let passkeys = self.passkeys()?;
        match passkeys.authenticate(purpose, owner, answer).await {
            Ok(used) => {
                if used.counter_repeated {
                    self.report(client, EventKind::PasskeyCounterRepeated { user: used.owner.clone() });
                }
                Ok(ByPasskey { passkeys: Arc::clone(passkeys), used })
            }
            Err(PasskeyFailure::Undecided(error)) => Err(error),
            Err(PasskeyFailure::Refused(error, user)) => {
                let user = user.or_else(|| owner.map(|owner| owner.id.clone()));
                if let (CeremonyError::SignCount, Some(user)) = (error, &user) {
                    self.report(client, EventKind::PasskeyCloned { user: user.clone() });
                    self.tell_of_a_clone(user, client).await;
                }
                tracing::debug!(target: "auth::login", reason = %error, "a passkey was refused");
                self.report(client, EventKind::LoginFailed { user, reason: LoginFailure::WrongPasskey });
                let is_unknown = error == CeremonyError::Unknown;
                Err(if is_unknown { AuthError::UnknownPasskey } else { AuthError::InvalidPasskey })
            }
        }
    }

    /// Mails the owner that one of their passkeys may have been copied, also if whoever has the copy hangs up. They learn
    /// nothing from the time that it takes: they have the key.
    async fn tell_of_a_clone(&self, owner: &str, client: &ClientInfo) {
        let (Some(outbox), Ok(id)) = (&self.engine.outbox, owner.parse::<U::Id>()) else { return };
        let (outbox, limits, users) = (Arc::clone(outbox), Arc::clone(&self.limits), Arc::clone(&self.engine.users));
        let client = client.clone();
        let telling = async move {
            if let Some(user) = users.find(&id).await? {
                outbox.notify(&limits, &user, LetterKind::PasskeyCloned, None, &client).await;
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = uninterrupted(telling).await.and_then(|told| told) {
            let (error, letter): (&dyn std::error::Error, _) = (&error, LetterKind::PasskeyCloned.name());
            tracing::warn!(target: "auth::mail", error, user = owner, letter, "a user is not notified");
        }
    }
}

pub(crate) fn no_passkey() -> AuthError {
    AuthError::Denied { code: "no_passkey", message: "this account has no passkey".to_owned() }
}
