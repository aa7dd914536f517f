//! Another step of a sign-in that has begun: what was shown, and what follows from it.
//!
//! Who it is about, and what was shown before, is read from the record of the sign-in, never from the request (STEP-04).
//! The record is taken before a session begins: of many right answers at once, one goes on.

use std::fmt;

use serde_json::Value;

use super::begin::Recheck;
use super::{Completed, Engine, PasswordSignIn, SignIn};
use crate::base::error::AuthError;
use crate::mail::{MailToken, SignInData};
use crate::model::claims::{Amr, SessionId};
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, LoginFailure};
use crate::model::user::AuthUser;
use crate::proof::{Evidence, Proof, Shown};
use crate::rate_limits::{BegunAttempt, MailTo};

/// What takes the next step of a sign-in.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Answer<'a> {
    /// The code from the mail; its digits may be grouped.
    MailedCode(&'a str),
    /// The token of the link in the mail: what follows `t=`.
    MailedLink(&'a str),
    /// The code that the authenticator app shows; its digits may be grouped.
    Totp(&'a str),
    /// A recovery code, in place of that.
    RecoveryCode(&'a str),
    /// A passkey of the account, as the browser writes it (`toJSON()`), for the options of
    /// [`begin_passkey_step`](crate::Auth::begin_passkey_step).
    Passkey(&'a Value),
}

/// Without what is shown.
impl fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MailedCode(_) => "Answer::MailedCode([redacted])",
            Self::MailedLink(_) => "Answer::MailedLink([redacted])",
            Self::Totp(_) => "Answer::Totp([redacted])",
            Self::RecoveryCode(_) => "Answer::RecoveryCode([redacted])",
            Self::Passkey(_) => "Answer::Passkey([redacted])",
        })
    }
}

/// What was in a mail.
#[derive(Clone, Copy)]
pub(crate) enum Mailed<'a> {
    Code(&'a str),
    Link(&'a str),
}

/// What only the user holds.
#[derive(Clone, Copy)]
pub(crate) enum Held<'a> {
    Totp(&'a str),
    RecoveryCode(&'a str),
}

impl Held<'_> {
    pub(super) const fn amr(self) -> Amr {
        match self {
            Self::Totp(_) => Amr::OTP,
            Self::RecoveryCode(_) => Amr::RECOVERY_CODE,
        }
    }
}

/// A step that was right, of an account as it was right after.
pub(crate) struct StepTaken<U: AuthUser> {
    pub(crate) user: U,
    /// The generation of the user, read before the row.
    pub(crate) generation: u64,
    token: MailToken,
    before: SignInData,
    shown: Shown,
    amr: Amr,
    /// Whether the application has been asked.
    admitted: bool,
}

impl<U: AuthUser> StepTaken<U> {
    /// Whether its user reads the mail of the account.
    pub(crate) fn shows_mailbox(&self) -> bool {
        self.all_shown().has(Shown::MAILBOX)
    }

    /// Whether that was shown, and nothing else.
    pub(crate) fn is_mailbox_alone(&self) -> bool {
        self.all_shown() == Shown::MAILBOX && self.before.freshens.is_none()
    }

    fn all_shown(&self) -> Shown {
        Shown::from_bits(self.before.shown) | self.shown
    }

    /// The session that becomes fresh, if none begins.
    pub(crate) const fn freshens(&self) -> Option<SessionId> {
        self.before.freshens
    }

    /// Returns everything that was shown, for the row.
    pub(super) fn evidence(&self, user: U, generation: u64) -> Evidence<U> {
        let amr = self.before.amr.clone().and(self.amr.clone());
        let evidence = Evidence::of_steps(user, generation, self.all_shown(), amr);
        evidence.with_new_network(self.before.from_new_network).with_admission(self.admitted)
    }
}

/// What was shown in steps, for the account as it was.
struct InSteps<'a, U: AuthUser> {
    engine: &'a Engine<U>,
    token: &'a MailToken,
    /// The generation that everything shown is at least of.
    generation: u64,
}

impl<U: AuthUser> Recheck<U> for InSteps<'_, U> {
    async fn is_right_for(&self, row: &U, _: &Proof<U>) -> Result<bool, AuthError> {
        self.engine.is_still_meant(self.token, self.generation, row).await
    }
}

impl<U: AuthUser> Engine<U> {
    /// Returns whether what was shown at this generation is for the account as it is now.
    async fn is_still_meant(&self, token: &MailToken, generation: u64, row: &U) -> Result<bool, AuthError> {
        let epoch = self.sessions.epoch(row.id()).await?;
        Ok(epoch.accepts_generation(generation) && self.tokens.is_meant(token, row))
    }
}

impl<U: AuthUser> PasswordSignIn<U> {
    /// Takes a step that was right: nobody else goes on with its sign-in. `account` was read before that was found out
    /// ([`account_of`](Self::account_of)); what has changed since is seen when the session begins.
    pub(super) async fn take_step(
        &self,
        token: MailToken,
        (user, generation): (U, u64),
        (shown, amr): (Shown, Amr),
        client: &ClientInfo,
    ) -> Result<StepTaken<U>, AuthError> {
        let owner = Some(token.owner().to_owned());
        let expired = || self.step_refused(owner.clone(), LoginFailure::Expired, AuthError::SignInExpired, client);
        let before: SignInData = token.data().ok_or_else(expired)?;
        if !self.engine.tokens.take(&token).await? {
            return Err(expired());
        }
        Ok(StepTaken { user, generation, token, before, shown, amr, admitted: false })
    }

    /// Takes the step that adds a factor, whose answer is right. If a session is to begin, the application is asked first:
    /// whom it refuses must not leave a factor behind.
    pub(super) async fn take_enrolment(
        &self,
        token: MailToken,
        account: (U, u64),
        shown: (Shown, Amr),
        client: &ClientInfo,
    ) -> Result<StepTaken<U>, AuthError> {
        let mut taken = self.take_step(token, account, shown, client).await?;
        if taken.freshens().is_none() {
            self.engine.admit(&taken.user, client).await?;
            taken.admitted = true;
        }
        Ok(taken)
    }

    /// Takes the step that adds an app, whose code is right.
    pub(crate) async fn take_totp_enrolment(
        &self,
        token: MailToken,
        account: (U, u64),
        client: &ClientInfo,
    ) -> Result<StepTaken<U>, AuthError> {
        self.take_enrolment(token, account, (Shown::HELD, Amr::OTP), client).await
    }

    /// Reports an answer to a sign-in that does not wait for it (any more).
    pub(crate) fn sign_in_expired(&self, client: &ClientInfo) -> AuthError {
        self.step_refused(None, LoginFailure::Expired, AuthError::SignInExpired, client)
    }

    /// Takes a step whose mail was read.
    pub(crate) async fn take_mailed(&self, token: MailToken, client: &ClientInfo) -> Result<StepTaken<U>, AuthError> {
        let account = self.account_of(&token, client).await?;
        self.take_step(token, account, (Shown::MAILBOX, Amr::EMAIL), client).await
    }

    /// Returns the account of a sign-in that waits, and its generation, if nothing has made the sign-in void.
    pub(crate) async fn account_of(&self, token: &MailToken, client: &ClientInfo) -> Result<(U, u64), AuthError> {
        let engine = &self.engine;
        let owner = Some(token.owner().to_owned());
        let expired = || self.step_refused(owner.clone(), LoginFailure::Expired, AuthError::SignInExpired, client);
        let Ok(id) = token.owner().parse::<U::Id>() else { return Err(expired()) };
        // Read before the row: whatever changes meanwhile is of a later generation.
        let epoch = engine.sessions.epoch(&id).await?;
        let user = engine.users.find(&id).await?.ok_or_else(expired)?;
        if !user.is_active() && engine.tokens.is_meant_if_active(token, &user) {
            return Err(self.step_refused(owner, LoginFailure::Inactive, AuthError::InactiveUser, client));
        }
        let is_good = engine.tokens.is_meant(token, &user) && epoch.accepts_generation(token.generation());
        if is_good { Ok((user, epoch.generation)) } else { Err(expired()) }
    }

    /// Returns whether the step is one of the account as it is now.
    pub(super) async fn is_still_meant(&self, taken: &StepTaken<U>, row: &U) -> Result<bool, AuthError> {
        self.engine.is_still_meant(&taken.token, taken.generation, row).await
    }

    /// Begins the session of a user who has taken a step, unless another one is missing.
    pub(crate) async fn begin_step(
        &self,
        begun: BegunAttempt,
        taken: StepTaken<U>,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        // Of another network than the step before it is not known whether anybody has signed in there.
        let has_moved = !taken.token.is_asked_from(self.limits.network_key(client));
        let by_password = Shown::from_bits(taken.before.shown).has(Shown::KNOWN);
        let is_new = by_password && (taken.before.from_new_network || has_moved);
        let evidence = taken.evidence(taken.user.clone(), taken.generation).with_new_network(is_new);
        let method = InSteps { engine: &self.engine, token: &taken.token, generation: taken.generation };
        let outcome = self.engine.sign_in(evidence, &method, begun, client).await?;
        if is_new {
            self.signed_in_from_new_network(&outcome, client).await;
        }
        Ok(outcome)
    }

    /// Begins the session of an account that was just created by whoever read the mail.
    pub(crate) async fn first_session_mailed(
        &self,
        begun: BegunAttempt,
        user: U,
        token: &MailToken,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let generation = self.engine.sessions.epoch(user.id()).await?.generation;
        let (shown, amr) = (Shown::KNOWN | Shown::MAILBOX, Amr::PASSWORD.and(Amr::EMAIL));
        let evidence = Evidence::of_steps(user, generation, shown, amr);
        let method = InSteps { engine: &self.engine, token, generation };
        let outcome = self.engine.first_session(evidence, &method, begun, client).await?;
        if let SignIn::Complete(Completed::SignedIn { user, .. }) = &outcome {
            self.limits.client_signed_in(user, client).await;
        }
        Ok(outcome)
    }

    /// Reports a step that was refused.
    pub(super) fn step_refused(
        &self,
        user: Option<String>,
        reason: LoginFailure,
        error: AuthError,
        client: &ClientInfo,
    ) -> AuthError {
        // An owner that is nobody has no id.
        let user = user.filter(|owner| !MailTo::is_nobody(owner));
        self.report(client, EventKind::LoginFailed { user, reason });
        error
    }
}
