//! The next step of a sign-in: what is kept until it is taken, and what is mailed for it.
//!
//! What was shown so far is a record; who it is about was fixed by the first step and is read from the record, never
//! from a later request. Link, code and handle are derived from it (`mail/token`), so the store opens nothing. Before an
//! answer is compared, a try is spent; before a session begins, the record is taken, so that of many right answers at
//! once one begins a session. Whatever ends the user's sessions ends it, too: it is of a generation.

use std::sync::Arc;

use super::Engine;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::{Needs, PendingSignIn, SignInMethod};
use crate::factors::FactorOwner;
use crate::mail::{
    Binding, LetterKind, MailPurpose, MailToken, MailTokens, NewMail, Outbox, SignInData, TokenText, recipient,
};
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::proof::{Evidence, needs_mfa};
use crate::rate_limits::{BegunAttempt, MailTo};

const PURPOSE: MailPurpose = MailPurpose::SecondStep;

impl<U: AuthUser> Engine<U> {
    /// Keeps evidence that is not enough until the rest is shown, and mails what that takes, if it is a mailbox.
    /// `freshens`: the session that becomes fresh, unless one begins.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`] if this account was mailed too much already.
    pub(super) async fn wait_for(
        &self,
        needs: Needs,
        evidence: Evidence<U>,
        freshens: Option<SessionId>,
        begun: BegunAttempt,
        client: &ClientInfo,
    ) -> Result<PendingSignIn, AuthError> {
        let (shown, amr) = (evidence.shown().bits(), evidence.amr().clone());
        let data = SignInData { shown, amr, freshens, from_new_network: evidence.is_from_new_network() };
        let token = match needs {
            Needs::Factor => self.wait_for_factor(MailPurpose::Factor, &evidence, &data, client).await?,
            Needs::Enrolment => self.wait_for_factor(MailPurpose::Enrolment, &evidence, &data, client).await?,
            Needs::Mailbox => self.wait_for_mailbox(&evidence, &data, begun, client).await?,
        };
        let methods = self.methods(needs, evidence.user()).await?;
        let user = evidence.user().id().to_string();
        self.reporter.report(client, EventKind::SignInPending { user, needs });
        Ok(PendingSignIn { methods, ..pending(&self.tokens, &token, needs, self.reporter.now()) })
    }

    /// Returns what meets it, for whoever has shown a first factor.
    async fn methods(&self, needs: Needs, user: &U) -> Result<&'static [SignInMethod], AuthError> {
        let passkeys_are_on = self.factors.passkeys_are_on();
        match needs {
            Needs::Mailbox => Ok(SignInMethod::OF_MAILBOX),
            Needs::Enrolment if passkeys_are_on => Ok(SignInMethod::OF_ANY_ENROLMENT),
            Needs::Enrolment => Ok(SignInMethod::OF_ENROLMENT),
            Needs::Factor => {
                let owner = FactorOwner::of(user);
                let passkey = passkeys_are_on && self.factors.has_passkeys(&owner).await?;
                if !passkey && !needs_mfa(user) {
                    // It is asked for a second step, so there is an app.
                    return Ok(SignInMethod::OF_TOTP);
                }
                let factors = self.factors.of(&owner).await?;
                Ok(match (passkey, factors.has_totp(), factors.has_recovery_codes()) {
                    (true, true, _) => SignInMethod::OF_TOTP_OR_PASSKEY,
                    (true, false, true) => SignInMethod::OF_PASSKEY_OR_RECOVERY_CODE,
                    (true, false, false) => SignInMethod::OF_PASSKEY,
                    (false, true, _) => SignInMethod::OF_TOTP,
                    (false, false, true) => SignInMethod::OF_RECOVERY_CODE,
                    // Its passkeys, while nobody is asked for them.
                    (false, false, false) => &[],
                })
            }
        }
    }

    async fn wait_for_factor(
        &self,
        purpose: MailPurpose,
        evidence: &Evidence<U>,
        data: &SignInData,
        client: &ClientInfo,
    ) -> Result<MailToken, AuthError> {
        let user = evidence.user();
        let counter = self.limits.factor_key(&user.id().to_string());
        // The address may be none: nothing is mailed to it.
        let address = U::SCHEMA.mail.and_then(|index| recipient(user, index)).unwrap_or_default();
        let binding = Binding::of(user, &address, evidence.generation(), counter, self.limits.network_key(client));
        self.tokens.issue_with(purpose, &binding, Some(data)).await
    }

    async fn wait_for_mailbox(
        &self,
        evidence: &Evidence<U>,
        data: &SignInData,
        begun: BegunAttempt,
        client: &ClientInfo,
    ) -> Result<MailToken, AuthError> {
        let outbox = self.outbox()?;
        let index = outbox.address();
        let user = evidence.user();
        let Some(address) = recipient(user, index) else {
            return Err(AuthError::internal("the account has no address to which a code could be mailed"));
        };
        let owner = user.id().to_string();
        let recipient = self.limits.account_key(index, &address);
        let binding = Binding::of(user, &address, evidence.generation(), recipient, self.limits.network_key(client));
        let token = self.tokens.issue_with(PURPOSE, &binding, Some(data)).await?;
        // Over the limit nothing more is mailed; what was mailed before belongs to an earlier try.
        if let Some(counted) = self.limits.count_mail_to(begun, token.recipient(), MailTo::Account, client).await {
            counted.keep();
            self.mail(outbox, &token, &owner, &address, client).await?;
        }
        Ok(token)
    }

    /// Mails link and code of a sign-in.
    pub(super) async fn mail(
        &self,
        outbox: &Outbox<U>,
        token: &MailToken,
        owner: &str,
        address: &str,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let (kind, locale) = (LetterKind::SignIn, &client.locale);
        outbox.enqueue(NewMail { kind, owner, address, token: Some(token), locale, about: None }).await
    }

    pub(super) fn outbox(&self) -> Result<&Arc<Outbox<U>>, AuthError> {
        self.outbox.as_ref().ok_or_else(|| AuthError::internal("no mailer is set: `AuthBuilder::mailer`"))
    }
}

/// Describes a sign-in that leads nowhere as one that waits: nobody learns from it that nothing was mailed.
pub(crate) fn pending_nothing<U: AuthUser>(
    tokens: &MailTokens<U>,
    purpose: MailPurpose,
) -> Result<PendingSignIn, AuthError> {
    Ok(PendingSignIn {
        sign_in: tokens.handle_of_nothing()?,
        needs: Needs::Mailbox,
        methods: SignInMethod::OF_MAILBOX,
        expires_in: purpose.life(),
    })
}

/// Describes a sign-in that waits for another step.
pub(crate) fn pending<U: AuthUser>(
    tokens: &MailTokens<U>,
    token: &MailToken,
    needs: Needs,
    now: crate::base::clock::Timestamp,
) -> PendingSignIn {
    PendingSignIn {
        sign_in: tokens.text(token, TokenText::Handle),
        needs,
        methods: match needs {
            Needs::Factor => SignInMethod::OF_TOTP,
            Needs::Mailbox => SignInMethod::OF_MAILBOX,
            Needs::Enrolment => SignInMethod::OF_ENROLMENT,
        },
        expires_in: token.expires_at().since(now),
    }
}
