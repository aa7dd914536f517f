//! An authenticator app that is added inside a sign-in, because the account must have a second factor (`#[auth(mfa(…))]`)
//! and has none.
//!
//! Whoever gets so far has shown everything else: the password, and the mailbox where there is mail, so that a stolen
//! password alone adds no factor. The handle of such a sign-in opens nothing but this. The app that is confirmed belongs to
//! this sign-in, and no other one confirms it; a try is spent first, and of many right codes at once, one goes on. Adding
//! a factor ends the user's sessions, as it always does.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::AccountService;
use super::factors::{RecoveryCodes, denied, first_login};
use crate::base::error::AuthError;
use crate::factors::{FactorOwner, TotpEnrolment};
use crate::mail::{LetterKind, MailPurpose, MailToken};
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::rate_limits::BegunAttempt;
use crate::sign_in::{SignIn, StepTaken};
use crate::store::uninterrupted;

/// A sign-in whose user has added a second factor.
#[derive(Debug)]
#[non_exhaustive]
pub struct Enrolled<U: AuthUser> {
    /// What the sign-in has come to.
    pub sign_in: SignIn<U>,
    /// The recovery codes, which nobody can show again.
    pub recovery_codes: RecoveryCodes,
}

impl<U: AuthUser> AccountService<U> {
    /// Begins to set an app up inside a sign-in; see [`Auth::enrol_totp`](crate::Auth::enrol_totp).
    pub(crate) async fn enrol_totp(
        &self,
        _begun: BegunAttempt,
        sign_in: &str,
        client: &ClientInfo,
    ) -> Result<TotpEnrolment, AuthError> {
        let token = self.sign_in.waiting(MailPurpose::Enrolment, sign_in, client).await?;
        let (user, _) = self.account_without_factor(&token, client).await?;
        let begun =
            self.factors.begin_totp(&FactorOwner::of(&user), set_up_by(&token), first_login(&user), false).await?;
        begun.ok_or_else(|| denied("totp_already_set_up", "an authenticator app was set up meanwhile: sign in again"))
    }

    /// Confirms it, and goes on with the sign-in; see
    /// [`Auth::confirm_enrolled_totp`](crate::Auth::confirm_enrolled_totp).
    pub(crate) async fn confirm_enrolled_totp(
        self: &Arc<Self>,
        begun: BegunAttempt,
        sign_in: &str,
        code: &str,
        client: &ClientInfo,
    ) -> Result<Enrolled<U>, AuthError> {
        let token = self.sign_in.waiting(MailPurpose::Enrolment, sign_in, client).await?;
        let token = self.tokens.spend_try(token).await?.ok_or(AuthError::SignInExpired)?;
        let (user, generation) = self.account_without_factor(&token, client).await?;
        let (owner, set_up_by) = (FactorOwner::of(&user), set_up_by(&token));
        if !self.factors.would_confirm_totp(&owner, set_up_by, code).await? {
            return Err(AuthError::InvalidCode { tries_left: token.tries() });
        }
        // Nobody else goes on with this sign-in.
        let taken = self.sign_in.take_totp_enrolment(token, (user, generation), client).await?;
        let enrolled = self.enrolled(&taken.user, taken.freshens(), set_up_by, code, client).await;
        let recovery_codes = enrolled.map_err(session_ended)?.ok_or(AuthError::SignInExpired)?;
        let sign_in = self.go_on_enrolled(begun, taken, generation, client).await?;
        Ok(Enrolled { sign_in, recovery_codes })
    }

    /// Goes on with a sign-in whose factor is there. It was of this generation.
    pub(super) async fn go_on_enrolled(
        &self,
        begun: BegunAttempt,
        mut taken: StepTaken<U>,
        generation: u64,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        // Ours are the only changes since the first step, or it is not known what the other one was: whoever is told to
        // sign in again has the factor for it.
        let now = self.sessions.epoch(taken.user.id()).await?.generation;
        if now != generation.saturating_add(BUMPS) {
            return Err(AuthError::SignInExpired);
        }
        taken.generation = now;
        match taken.freshens() {
            Some(session) => self.sign_in.freshen_step(begun, taken, session, client).await,
            None => self.sign_in.begin_step(begun, taken, client).await,
        }
    }

    /// Returns the account, as long as it has no passkey: one that was added meanwhile is its factor, and a password adds
    /// nothing beside it.
    pub(super) async fn account_without_factor(
        &self,
        token: &MailToken,
        client: &ClientInfo,
    ) -> Result<(U, u64), AuthError> {
        let (user, generation) = self.sign_in.account_of(token, client).await?;
        if self.factors.has_passkeys(&FactorOwner::of(&user)).await? {
            return Err(self.sign_in.sign_in_expired(client));
        }
        Ok((user, generation))
    }

    /// Adds the factor, and tells its user, also if the client hangs up.
    async fn enrolled(
        self: &Arc<Self>,
        user: &U,
        session: Option<SessionId>,
        set_up_by: SessionId,
        code: &str,
        client: &ClientInfo,
    ) -> Result<Option<RecoveryCodes>, AuthError> {
        let (this, user, code, client) = (Arc::clone(self), user.clone(), code.to_owned(), client.clone());
        let enrolled = async move {
            let owner = FactorOwner::of(&user);
            let confirm = this.factors.confirm_totp(&owner, set_up_by, &code);
            let Some(codes) = this.change_factors(&user, session, &client, confirm).await? else { return Ok(None) };
            let event = EventKind::FactorAdded { user: owner.id };
            this.factors_changed(&user, event, LetterKind::FactorAdded, &client).await;
            Ok(Some(codes))
        };
        let codes: Result<_, AuthError> = uninterrupted(enrolled).await?;
        Ok(codes?.map(RecoveryCodes::new))
    }
}

/// How often a change of factors bumps the epoch: before it, and after it.
const BUMPS: u64 = 2;

/// The session that was to become fresh has ended. Whoever answers has sent no token that could be wrong.
pub(super) fn session_ended(error: AuthError) -> AuthError {
    match error {
        AuthError::InvalidToken => AuthError::SignInExpired,
        error => error,
    }
}

/// What an app is set up by: the sign-in, in place of a session.
fn set_up_by(token: &MailToken) -> SessionId {
    SessionId::from_bytes(Sha256::digest(token.id()).into())
}
