//! The next step of a sign-in or a sign-up: what was mailed is shown.

use super::AccountService;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::{Needs, PendingSignIn};
use crate::mail::{LetterKind, MailPurpose, TokenText};
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;
use crate::rate_limits::{BegunAttempt, MailTo};
use crate::sign_in::{Answer, SignIn, pending};

impl<U: AuthUser> AccountService<U> {
    /// Takes the next step; see [`Auth::answer`](crate::Auth::answer).
    pub(crate) async fn answer(
        &self,
        begun: BegunAttempt,
        sign_in: &str,
        answer: Answer<'_>,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let token = self.sign_in.mailed_answer(begun, sign_in, answer, client).await?;
        if token.is(MailPurpose::SignUp) {
            return self.confirm_sign_up(begun, token, client).await;
        }
        let mut read = self.sign_in.take_mailed(token, client).await?;
        if read.user.is_verified() == Some(false) {
            let alone = read.is_alone();
            let proved = self.address_was_proved(&read.user, alone, client).await?.ok_or(AuthError::SignInExpired)?;
            // Ours is the only change since the mailbox was checked, or it is not known what the other one was.
            let generation = self.sessions.epoch(proved.id()).await?.generation;
            if generation != read.generation.saturating_add(self.bumps_of_a_change()) {
                return Err(AuthError::SignInExpired);
            }
            (read.user, read.generation) = (proved, generation);
        }
        match read.freshens() {
            Some(session) => self.sign_in.freshen_mailed(read, session, client).await,
            None => self.sign_in.begin_mailed(begun, read, client).await,
        }
    }

    /// Mails the same link and code again; see [`Auth::mail_again`](crate::Auth::mail_again).
    pub(crate) async fn mail_again(
        &self,
        begun: BegunAttempt,
        sign_in: &str,
        client: &ClientInfo,
    ) -> Result<PendingSignIn, AuthError> {
        const PURPOSES: &[MailPurpose] = &[
            MailPurpose::SignIn,
            MailPurpose::SecondStep,
            MailPurpose::Reauthenticate,
            MailPurpose::SignUp,
            MailPurpose::ResetPassword,
        ];
        let outbox = self.outbox()?;
        let token =
            outbox.tokens().find(PURPOSES, TokenText::Handle, sign_in).await?.ok_or(AuthError::SignInExpired)?;
        let kind = if token.is(MailPurpose::SignUp) {
            LetterKind::ConfirmSignUp
        } else if token.is(MailPurpose::ResetPassword) {
            LetterKind::ResetPassword
        } else {
            LetterKind::SignIn
        };
        let to = match kind {
            LetterKind::ConfirmSignUp => MailTo::NewAddress,
            _ => MailTo::account(!MailTo::is_nobody(token.owner())),
        };
        if let Some(counted) = self.limits.count_mail_to(begun, token.recipient(), to, client).await {
            counted.keep();
            outbox.enqueue_again(kind, &token, &client.locale).await?;
        }
        Ok(pending(outbox, &token, Needs::Mailbox, self.reporter.now()))
    }

    /// Ends a sign-in that waits for its next step; see [`Auth::cancel_sign_in`](crate::Auth::cancel_sign_in).
    pub(crate) async fn cancel_sign_in(&self, _begun: BegunAttempt, sign_in: &str) -> Result<(), AuthError> {
        let tokens = self.outbox()?.tokens();
        if let Some(token) = tokens.find(MailPurpose::OF_SIGN_IN, TokenText::Handle, sign_in).await? {
            tokens.take(&token).await?;
        }
        Ok(())
    }
}
