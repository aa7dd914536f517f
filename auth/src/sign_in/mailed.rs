//! The mailbox: a code or a link is mailed, and whoever shows it in the browser that asked is signed in.
//!
//! Asking does the same for every login, as for forgotten passwords. Link and code work only together with the handle of
//! the browser that asked: scanners of mail open every link, some press buttons, and a link that was sent on must not
//! sign anybody in as somebody else. A link without the handle, or with another one, uses nothing up.
//!
//! An address that was not confirmed may have been somebody else's choice. If it is proved by the mailbox alone,
//! everything that was set before ends: the password, the sessions, what else was mailed (REG-08).

use super::PasswordSignIn;
use super::next_step::{pending, pending_nothing};
use super::step::Mailed;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::{Needs, PendingSignIn};
use crate::mail::{Binding, MailPurpose, MailToken, SignInData, TokenText, recipient};
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, LoginFailure};
use crate::model::user::AuthUser;
use crate::rate_limits::{BegunAttempt, MailTo};

impl<U: AuthUser> PasswordSignIn<U> {
    /// Mails link and code to sign in with; see [`Auth::sign_in_by_mail`](crate::Auth::sign_in_by_mail).
    pub(crate) async fn mail_sign_in(
        &self,
        begun: BegunAttempt,
        typed: &str,
        client: &ClientInfo,
    ) -> Result<PendingSignIn, AuthError> {
        let outbox = self.engine.outbox()?;
        let (index, tokens) = (outbox.address(), outbox.tokens());
        let nothing = || pending_nothing(outbox.tokens(), MailPurpose::SignIn);
        let name = self.limits.account_key(index, typed);
        let Some(counted) = self.limits.count_mail(begun, &name.to_string(), client).await else { return nothing() };
        let permit = self.lookup_permit().await?;
        let user = match self.logins.find_typed(index, typed).await {
            // Nobody could sign in to it, and a stranger must not learn that the row is there.
            Err(error) if error.is_corrupt() => None,
            user => user?,
        };
        self.engine.sessions.complete_sign_up(user.as_ref()).await?;
        let epoch = match &user {
            Some(user) => self.engine.sessions.epoch(user.id()).await?,
            // The same number of queries for an account that does not exist.
            None => self.engine.sessions.epoch_of_nobody().await?,
        };
        drop(permit);
        let to = MailTo::account(user.is_some());
        let Some(counted) = counted.among_all(to, client).await else { return nothing() };
        let address = user.as_ref().and_then(|user| recipient(user, index)).unwrap_or_default();
        let network = self.limits.network_key(client);
        let binding = match &user {
            Some(user) => Binding::of(user, &address, epoch.generation, name, network),
            None => Binding::of_nobody(self.limits.nobody(index, typed), &address, epoch.generation, name, network),
        };
        let token = tokens.issue_with(MailPurpose::SignIn, &binding, Some(&SignInData::default())).await?;
        counted.keep();
        self.engine.mail(outbox, &token, &binding.owner, &address, client).await?;
        let requested = EventKind::SignInRequested { user: user.map(|user| user.id().to_string()) };
        self.engine.reporter.report_about(client, name.to_string(), requested);
        Ok(pending(outbox.tokens(), &token, Needs::Mailbox, self.engine.reporter.now()))
    }

    /// Compares an answer with what was mailed for a handle. A try at the code is spent before anything is compared.
    ///
    /// # Errors
    /// [`AuthError::InvalidCode`]; [`AuthError::OtherBrowser`] for a link of another handle, which stays usable;
    /// [`AuthError::SignInExpired`].
    pub(crate) async fn mailed_answer(
        &self,
        begun: BegunAttempt,
        sign_in: &str,
        answer: Mailed<'_>,
        client: &ClientInfo,
    ) -> Result<MailToken, AuthError> {
        let outbox = self.engine.outbox()?;
        let tokens = outbox.tokens();
        let expired = || self.step_refused(None, LoginFailure::Expired, AuthError::SignInExpired, client);
        let token = tokens.find(MailPurpose::OF_SIGN_IN, TokenText::Handle, sign_in).await?.ok_or_else(expired)?;
        let owner = Some(token.owner().to_owned());
        match answer {
            Mailed::Link(text) if tokens.is_text(&token, TokenText::Link, text) => Ok(token),
            Mailed::Link(text) => {
                let error = match tokens.find(MailPurpose::OF_SIGN_IN, TokenText::Link, text).await? {
                    Some(_) => AuthError::OtherBrowser,
                    None => AuthError::InvalidLink,
                };
                Err(self.step_refused(owner, LoginFailure::WrongLink, error, client))
            }
            Mailed::Code(code) => {
                // First what is of this sign-in alone: a handle without tries must not use up those of the account.
                let token = tokens.spend_try(token).await?.ok_or_else(expired)?;
                if !self.limits.may_try_code(begun, token.recipient(), client).await {
                    return Err(expired());
                }
                if !tokens.is_code(&token, code) {
                    let error = AuthError::InvalidCode { tries_left: token.tries() };
                    return Err(self.step_refused(owner, LoginFailure::WrongCode, error, client));
                }
                self.limits.code_was_right(token.recipient()).await;
                Ok(token)
            }
        }
    }
}
