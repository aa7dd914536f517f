//! The second factor: a code of the authenticator app, or a recovery code, after a first factor was right.
//!
//! A try is counted twice before anything is compared: at the sign-in, which has five, and at the account. The second
//! count is of codes alone, apart from passwords, and each method has its own: whoever guesses codes of the app keeps the
//! owner from neither password nor paper. Only who knows the password gets so far, so a limit may be told.

use std::sync::Arc;

use super::step::{Held, StepTaken};
use super::{Engine, PasswordSignIn};
use crate::base::error::AuthError;
use crate::factors::FactorOwner;
use crate::mail::{LetterKind, MailPurpose, MailToken, TokenText};
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, LoginFailure};
use crate::model::user::AuthUser;
use crate::proof::Shown;
use crate::rate_limits::BegunAttempt;
use crate::store::uninterrupted;

impl<U: AuthUser> PasswordSignIn<U> {
    /// Takes a step with something that the user holds.
    ///
    /// # Errors
    /// [`AuthError::InvalidCode`]; [`AuthError::SignInExpired`]; [`AuthError::TooManyRequests`].
    pub(crate) async fn held_answer(
        &self,
        begun: BegunAttempt,
        sign_in: &str,
        held: Held<'_>,
        client: &ClientInfo,
    ) -> Result<StepTaken<U>, AuthError> {
        let Engine { factors, tokens, .. } = &self.engine;
        let token = self.waiting(MailPurpose::Factor, sign_in, client).await?;
        let token = tokens.spend_try(token).await?.ok_or_else(|| self.sign_in_expired(client))?;
        // A sign-in that is void uses nothing up, and tells nobody whether a code is right.
        let (user, generation) = self.account_of(&token, client).await?;
        self.limits.count_factor(begun, held.amr(), token.recipient(), client).await?;
        let owner = FactorOwner::of(&user);
        let is_right = match held {
            Held::Totp(code) => factors.use_totp(&owner, code).await?,
            Held::RecoveryCode(code) => self.use_recovery_code(&user, code, client).await?,
        };
        if !is_right {
            let error = AuthError::InvalidCode { tries_left: token.tries() };
            return Err(self.step_refused(Some(owner.id), LoginFailure::WrongFactor, error, client));
        }
        self.limits.factor_was_right(held.amr(), token.recipient(), client).await;
        self.take_step(token, (user, generation), (Shown::HELD, held.amr()), client).await
    }

    /// Returns the sign-in of a handle, if it waits for a factor that the account has, or must get.
    pub(crate) async fn waiting(
        &self,
        purpose: MailPurpose,
        sign_in: &str,
        client: &ClientInfo,
    ) -> Result<MailToken, AuthError> {
        let Engine { factors, tokens, .. } = &self.engine;
        if factors.are_on()
            && let Some(token) = tokens.find(&[purpose], TokenText::Handle, sign_in).await?
        {
            return Ok(token);
        }
        Err(self.sign_in_expired(client))
    }

    /// Uses a recovery code up, and tells its user, whatever becomes of the sign-in.
    async fn use_recovery_code(&self, user: &U, code: &str, client: &ClientInfo) -> Result<bool, AuthError> {
        let Engine { factors, outbox, reporter, .. } = &self.engine;
        let (factors, outbox, reporter) = (Arc::clone(factors), outbox.clone(), reporter.clone());
        let (limits, user, code, client) = (Arc::clone(&self.limits), user.clone(), code.to_owned(), client.clone());
        let used = async move {
            let owner = FactorOwner::of(&user);
            let Some(left) = factors.use_recovery_code(&owner, &code).await? else { return Ok(false) };
            reporter.report(&client, EventKind::RecoveryCodeUsed { user: owner.id, left });
            if let Some(outbox) = &outbox {
                outbox.notify_later(&limits, user, LetterKind::RecoveryCodeUsed, Some(left.to_string()), &client);
            }
            Ok(true)
        };
        uninterrupted(used).await?
    }
}
