//! The next step of a sign-in or a sign-up.

use std::sync::Arc;

use super::AccountService;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::{Needs, PendingSignIn};
use crate::mail::{LetterKind, MailPurpose, TokenText};
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;
use crate::rate_limits::{BegunAttempt, MailTo};
use crate::sign_in::{Answer, Held, Mailed, SignIn, StepTaken, pending};

impl<U: AuthUser> AccountService<U> {
    /// Takes the next step; see [`Auth::answer`](crate::Auth::answer).
    pub(crate) async fn answer(
        self: &Arc<Self>,
        begun: BegunAttempt,
        sign_in: &str,
        answer: Answer<'_>,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        match answer {
            Answer::MailedCode(code) => self.show_mail(begun, sign_in, Mailed::Code(code), client).await,
            Answer::MailedLink(token) => self.show_mail(begun, sign_in, Mailed::Link(token), client).await,
            Answer::Totp(code) => self.show_held(begun, sign_in, Held::Totp(code), client).await,
            Answer::RecoveryCode(code) => self.show_held(begun, sign_in, Held::RecoveryCode(code), client).await,
            Answer::Passkey(credential) => {
                let taken = self.sign_in.passkey_answer(sign_in, credential, client).await?;
                self.go_on(begun, taken, client).await
            }
        }
    }

    async fn show_held(
        self: &Arc<Self>,
        begun: BegunAttempt,
        sign_in: &str,
        held: Held<'_>,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let taken = self.sign_in.held_answer(begun, sign_in, held, client).await?;
        self.go_on(begun, taken, client).await
    }

    async fn show_mail(
        self: &Arc<Self>,
        begun: BegunAttempt,
        sign_in: &str,
        mailed: Mailed<'_>,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let token = self.sign_in.mailed_answer(begun, sign_in, mailed, client).await?;
        if token.is(MailPurpose::SignUp) {
            return self.confirm_sign_up(begun, token, client).await;
        }
        let taken = self.sign_in.take_mailed(token, client).await?;
        self.go_on(begun, taken, client).await
    }

    /// A mailbox that was shown proves the address, in whichever order. By itself it takes nothing away from a second
    /// factor, which may have been added before addresses were confirmed.
    async fn go_on(
        self: &Arc<Self>,
        begun: BegunAttempt,
        mut taken: StepTaken<U>,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let unconfirmed = taken.shows_mailbox() && taken.user.is_verified() == Some(false);
        let alone = taken.is_mailbox_alone();
        if unconfirmed && !(alone && self.has_second_step(&taken.user).await?) {
            let proved = self.address_was_proved(&taken.user, alone, client).await?.ok_or(AuthError::SignInExpired)?;
            // Ours is the only change since the mailbox was checked, or it is not known what the other one was.
            let generation = self.sessions.epoch(proved.id()).await?.generation;
            if generation != taken.generation.saturating_add(self.bumps_of_a_change()) {
                return Err(AuthError::SignInExpired);
            }
            (taken.user, taken.generation) = (proved, generation);
        }
        match taken.freshens() {
            Some(session) => self.sign_in.freshen_step(begun, taken, session, client).await,
            None => self.sign_in.begin_step(begun, taken, client).await,
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
        Ok(pending(outbox.tokens(), &token, Needs::Mailbox, self.reporter.now()))
    }

    /// Ends a sign-in that waits for its next step; see [`Auth::cancel_sign_in`](crate::Auth::cancel_sign_in).
    pub(crate) async fn cancel_sign_in(&self, _begun: BegunAttempt, sign_in: &str) -> Result<(), AuthError> {
        if let Some(token) = self.tokens.find(MailPurpose::PENDING, TokenText::Handle, sign_in).await? {
            self.tokens.take(&token).await?;
        }
        Ok(())
    }
}
