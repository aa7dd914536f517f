//! The mailbox: a code or a link is mailed, and whoever shows it in the browser that asked is signed in.
//!
//! Asking does the same for every login, as for forgotten passwords. Link and code work only together with the handle of
//! the browser that asked: scanners of mail open every link, some press buttons, and a link that was sent on must not
//! sign anybody in as somebody else. A link without the handle, or with another one, uses nothing up.
//!
//! An address that was not confirmed may have been somebody else's choice. If it is proved by the mailbox alone,
//! everything that was set before ends: the password, the sessions, what else was mailed (REG-08).

use std::fmt;

use super::begin::Recheck;
use super::next_step::{pending, pending_nothing};
use super::{Engine, PasswordSignIn, SignIn};
use crate::base::error::AuthError;
use crate::base::pending_sign_in::{Needs, PendingSignIn};
use crate::mail::{Binding, MailPurpose, MailToken, SignInData, TokenText, recipient};
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
}

/// Without what is shown.
impl fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MailedCode(_) => "Answer::MailedCode([redacted])",
            Self::MailedLink(_) => "Answer::MailedLink([redacted])",
        })
    }
}

/// A sign-in whose mail was read.
pub(crate) struct MailRead<U: AuthUser> {
    pub(crate) user: U,
    /// The generation of the user, read before the row.
    pub(crate) generation: u64,
    token: MailToken,
    before: SignInData,
}

impl<U: AuthUser> MailRead<U> {
    /// Whether nothing but the mailbox was shown.
    pub(crate) const fn is_alone(&self) -> bool {
        self.before.shown == 0 && self.before.freshens.is_none()
    }

    /// The session that becomes fresh, if none begins.
    pub(crate) const fn freshens(&self) -> Option<SessionId> {
        self.before.freshens
    }
}

/// A mailbox that was proved for the account as it was.
struct ReadsMail<'a, U: AuthUser> {
    engine: &'a Engine<U>,
    token: &'a MailToken,
    /// The generation that everything shown is at least of.
    generation: u64,
}

impl<U: AuthUser> Recheck<U> for ReadsMail<'_, U> {
    async fn is_right_for(&self, row: &U, _: &Proof<U>) -> Result<bool, AuthError> {
        self.engine.is_still_meant(self.token, self.generation, row).await
    }
}

impl<U: AuthUser> Engine<U> {
    /// Returns whether a mail that was read at this generation is for the account as it is now.
    async fn is_still_meant(&self, token: &MailToken, generation: u64, row: &U) -> Result<bool, AuthError> {
        let epoch = self.sessions.epoch(row.id()).await?;
        Ok(epoch.accepts_generation(generation) && self.outbox()?.is_meant(token, row))
    }
}

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
        let nothing = || pending_nothing(outbox, MailPurpose::SignIn);
        let name = self.limits.account_key(index, typed);
        let Some(counted) = self.limits.count_mail(begun, &name.to_string(), client).await else { return nothing() };
        let permit = self.lookup_permit().await?;
        let user = match self.logins.find_typed(index, typed).await {
            // Nobody could sign in to it, and a stranger must not learn that the row is there.
            Err(error) if error.is_corrupt() => None,
            user => user?,
        };
        let epoch = match &user {
            Some(user) => self.engine.sessions.epoch(user.id()).await?,
            // The same number of queries for an account that does not exist.
            None => self.engine.sessions.epoch_of_nobody().await?,
        };
        drop(permit);
        let to = MailTo::account(user.is_some());
        let Some(counted) = counted.among_all(to, client).await else { return nothing() };
        let address = user.as_ref().and_then(|user| recipient(user, index)).unwrap_or_default();
        let binding = match &user {
            Some(user) => Binding::of(user, &address, epoch.generation, name),
            None => Binding::of_nobody(self.limits.nobody(index, typed), &address, epoch.generation, name),
        };
        let token = tokens.issue_with(MailPurpose::SignIn, &binding, Some(&SignInData::default())).await?;
        counted.keep();
        self.engine.mail(outbox, &token, &binding.owner, &address, client).await?;
        let requested = EventKind::SignInRequested { user: user.map(|user| user.id().to_string()) };
        self.engine.reporter.report_about(client, name.to_string(), requested);
        Ok(pending(outbox, &token, Needs::Mailbox, self.engine.reporter.now()))
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
        answer: Answer<'_>,
        client: &ClientInfo,
    ) -> Result<MailToken, AuthError> {
        let outbox = self.engine.outbox()?;
        let tokens = outbox.tokens();
        let expired = || self.refused(None, LoginFailure::Expired, AuthError::SignInExpired, client);
        let token = tokens.find(MailPurpose::OF_SIGN_IN, TokenText::Handle, sign_in).await?.ok_or_else(expired)?;
        let owner = Some(token.owner().to_owned());
        match answer {
            Answer::MailedLink(text) if tokens.is_text(&token, TokenText::Link, text) => Ok(token),
            Answer::MailedLink(text) => {
                let error = match tokens.find(MailPurpose::OF_SIGN_IN, TokenText::Link, text).await? {
                    Some(_) => AuthError::OtherBrowser,
                    None => AuthError::InvalidLink,
                };
                Err(self.refused(owner, LoginFailure::WrongLink, error, client))
            }
            Answer::MailedCode(code) => {
                // First what is of this sign-in alone: a handle without tries must not use up those of the account.
                let token = tokens.spend_try(token).await?.ok_or_else(expired)?;
                if !self.limits.may_try_code(begun, token.recipient(), client).await {
                    return Err(expired());
                }
                if !tokens.is_code(&token, code) {
                    let error = AuthError::InvalidCode { tries_left: token.tries() };
                    return Err(self.refused(owner, LoginFailure::WrongCode, error, client));
                }
                self.limits.code_was_right(token.recipient()).await;
                Ok(token)
            }
        }
    }

    /// Returns the account of a sign-in whose mail was read, and takes the sign-in: nobody else goes on with it.
    pub(crate) async fn take_mailed(&self, token: MailToken, client: &ClientInfo) -> Result<MailRead<U>, AuthError> {
        let engine = &self.engine;
        let owner = Some(token.owner().to_owned());
        let expired = || self.refused(owner.clone(), LoginFailure::Expired, AuthError::SignInExpired, client);
        let before: SignInData = token.data().ok_or_else(expired)?;
        let Ok(id) = token.owner().parse::<U::Id>() else { return Err(expired()) };
        let outbox = engine.outbox()?;
        // Read before the row: whatever changes meanwhile is of a later generation.
        let epoch = engine.sessions.epoch(&id).await?;
        let user = engine.users.find(&id).await?.ok_or_else(expired)?;
        if !user.is_active() && outbox.is_meant_if_active(&token, &user) {
            return Err(self.refused(owner, LoginFailure::Inactive, AuthError::InactiveUser, client));
        }
        let is_good = outbox.is_meant(&token, &user) && epoch.accepts_generation(token.generation());
        if !is_good || !outbox.tokens().take(&token).await? {
            return Err(expired());
        }
        Ok(MailRead { user, token, before, generation: epoch.generation })
    }

    /// Returns whether the mail that was read is for the account as it is now.
    pub(super) async fn is_still_meant(&self, read: &MailRead<U>, row: &U) -> Result<bool, AuthError> {
        self.engine.is_still_meant(&read.token, read.generation, row).await
    }

    /// Begins the session of a user who has read a mail.
    pub(crate) async fn begin_mailed(
        &self,
        begun: BegunAttempt,
        read: MailRead<U>,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let MailRead { user, token, before, generation } = read;
        let shown = Shown::from_bits(before.shown) | Shown::MAILBOX;
        let evidence = Evidence::of_steps(user, generation, shown, before.amr.and(Amr::EMAIL));
        let method = ReadsMail { engine: &self.engine, token: &token, generation };
        self.engine.sign_in(evidence, &method, begun, client).await
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
        let method = ReadsMail { engine: &self.engine, token, generation };
        self.engine.first_session(evidence, &method, begun, client).await
    }

    /// Reports a step that was refused.
    fn refused(&self, user: Option<String>, reason: LoginFailure, error: AuthError, client: &ClientInfo) -> AuthError {
        // An owner that is nobody has no id.
        let user = user.filter(|owner| !MailTo::is_nobody(owner));
        self.report(client, EventKind::LoginFailed { user, reason });
        error
    }
}
