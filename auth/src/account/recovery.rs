//! Forgotten passwords: a mail is asked for, and a new password is set with what it says.
//!
//! Asking does the same for every login: it looks it up, and stores a token and a mail. Whether there is an account that
//! may have it is found out where it is sent, so answer, writes and time tell nothing (OTK-01). Nothing about the
//! account changes before somebody shows what was mailed.
//!
//! What was mailed is void as soon as a new password is stored, and not before: a password that is refused must not cost
//! the link. Of two links, or of a link and any other change of the password, the one that is stored first wins, because
//! it bumps the epoch to which the links are bound (`change_row_of`). Nobody is signed in by it. A mailbox is one factor, and whoever set the password
//! has it; so the next login asks for all that the account asks for (OTK-06).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::AccountService;
use crate::PasswordHash;
use crate::base::error::AuthError;
use crate::mail::{Binding, LetterKind, MailPurpose, MailToken, NewMail, Outbox, TokenText, recipient};
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, MailedTokenFailure};
use crate::model::user::AuthUser;
use crate::rate_limits::{BegunAttempt, MailTo};
use crate::revocation::epoch::Bump;
use crate::store::uninterrupted;

const RESET: MailPurpose = MailPurpose::ResetPassword;
const PURPOSES: &[MailPurpose] = &[RESET];

/// What is known after somebody asked for a new password: nothing about the account.
#[derive(Clone)]
#[non_exhaustive]
pub struct PasswordForgotten {
    /// The handle of this request, for the page that takes the code from the mail. It is worthless without the code,
    /// and the code without it.
    pub sign_in: String,
    /// How long link and code work.
    pub expires_in: Duration,
}

/// Without the handle.
impl fmt::Debug for PasswordForgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordForgotten").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// What shows that somebody reads the mail of an account.
#[derive(Clone, Copy)]
pub enum ResetEvidence<'a> {
    /// The token from the fragment of the link.
    Link(&'a str),
    /// The code, in the browser that asked for it.
    Code {
        /// The handle that it was given ([`PasswordForgotten::sign_in`]).
        sign_in: &'a str,
        /// The eight digits; they may be grouped.
        code: &'a str,
    },
}

/// Without what is shown.
impl fmt::Debug for ResetEvidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link(_) => "ResetEvidence::Link([redacted])",
            Self::Code { .. } => "ResetEvidence::Code([redacted])",
        })
    }
}

impl ResetEvidence<'_> {
    /// What somebody is told who shows nothing (any more).
    const fn is_void(self) -> (AuthError, MailedTokenFailure) {
        match self {
            Self::Link(_) => (AuthError::InvalidLink, MailedTokenFailure::InvalidLink),
            Self::Code { .. } => (AuthError::SignInExpired, MailedTokenFailure::Expired),
        }
    }
}

impl<U: AuthUser> AccountService<U> {
    /// Mails link and code; see [`Auth::forgot_password`](crate::Auth::forgot_password).
    pub(crate) async fn forgot_password(
        &self,
        begun: BegunAttempt,
        typed: &str,
        client: &ClientInfo,
    ) -> Result<PasswordForgotten, AuthError> {
        let outbox = self.outbox()?;
        let (index, tokens) = (outbox.address(), outbox.tokens());
        let expires_in = RESET.life();
        let name = self.limits.account_key(index, typed);
        let nothing = || Ok(PasswordForgotten { sign_in: tokens.handle_of_nothing()?, expires_in });
        let Some(counted) = self.limits.count_mail(begun, &name.to_string(), client).await else { return nothing() };
        let permit = self.sign_in.lookup_permit().await?;
        let user = match self.logins.find_typed(index, typed).await {
            // Nobody could sign in with the new password either, and a stranger must not learn that the row is there.
            Err(error) if error.is_corrupt() => None,
            user => user?,
        };
        let epoch = match &user {
            Some(user) => self.feed.stored_epoch(user.id()).await?,
            // The same number of queries for an account that does not exist.
            None => self.sessions.epoch_of_nobody().await?,
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
        let token = tokens.issue(RESET, &binding).await?;
        counted.keep();
        outbox
            .enqueue(NewMail {
                kind: LetterKind::ResetPassword,
                owner: &binding.owner,
                address: &address,
                token: Some(&token),
                locale: &client.locale,
                about: None,
            })
            .await?;
        let requested = EventKind::PasswordResetRequested { user: user.map(|user| user.id().to_string()) };
        self.reporter.report_about(client, name.to_string(), requested);
        Ok(PasswordForgotten { sign_in: tokens.text(&token, TokenText::Handle), expires_in })
    }

    /// Sets a password; see [`Auth::reset_password`](crate::Auth::reset_password).
    pub(crate) async fn reset_password(
        self: &Arc<Self>,
        begun: BegunAttempt,
        evidence: ResetEvidence<'_>,
        new: &str,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let outbox = self.outbox()?;
        // A password that is refused whoever it is for costs no try.
        self.acceptable_password(None, "new_password", new)?;
        let void = |user: Option<&str>| {
            let (error, reason) = evidence.is_void();
            self.reset_failed(user, reason, client);
            error
        };
        let token = match evidence {
            ResetEvidence::Link(text) => outbox.tokens().find(PURPOSES, TokenText::Link, text).await?,
            ResetEvidence::Code { sign_in, code } => self.by_code(begun, sign_in, code, client).await?,
        };
        let token = token.ok_or_else(|| void(None))?;
        let user = self.user_of(outbox, &token).await?.ok_or_else(|| void(Some(token.owner())))?;
        let id = user.id().to_string();
        let hash = match self.hash_for(&user, new).await {
            Ok(hash) => hash,
            Err(error) => {
                if matches!(evidence, ResetEvidence::Code { .. }) {
                    outbox.tokens().give_try_back(token).await?;
                }
                return Err(error);
            }
        };
        let (this, by) = (Arc::clone(self), client.clone());
        let is_stored = uninterrupted(async move { this.store_and_tell(user, &hash, &token, &by).await }).await??;
        if is_stored { Ok(()) } else { Err(void(Some(&id))) }
    }

    /// Stores the new password of whoever reads the mail, and returns whether the token was still good.
    async fn store_and_tell(
        self: &Arc<Self>,
        user: U,
        hash: &PasswordHash,
        token: &MailToken,
        client: &ClientInfo,
    ) -> Result<bool, AuthError> {
        let outbox = self.outbox()?;
        let same = |row: &U| outbox.tokens().is_meant(token, row);
        let bump = (Bump::ALL, Some(token.generation()));
        let owner = user.id().to_string();
        if user.is_verified() == Some(false) && !self.has_second_step(&user).await? {
            self.end_passkeys_and_keys(&owner).await?;
        }
        // Whoever had the account may have left one. Before the password is stored, in case this process is killed right
        // after; and again, for one that is made in between.
        self.end_keys_of(&owner).await?;
        let Some(user) = self.store_password(user, hash, bump, same, client).await? else { return Ok(false) };
        outbox.tokens().remove(token).await;
        self.end_keys_after_reset(&owner).await;
        self.reporter.report(client, EventKind::PasswordReset { user: user.id().to_string() });
        // The password is set, whatever becomes of the rest; a failure would have people ask for another mail.
        if user.is_verified() == Some(false)
            && let Err(error) = self.confirm_after_reset(&user, client).await
        {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(target: "auth::mail", error, "a password was reset by mail, and the address is not recorded \
                                                         as confirmed: the next mail that is answered does that");
        }
        Ok(true)
    }

    /// Ends what was made while the password was stored. It was made in a session that has ended, so nobody got to see it.
    async fn end_keys_after_reset(&self, owner: &str) {
        if let Err(error) = self.end_keys_of(owner).await {
            let error: &dyn std::error::Error = &error;
            tracing::debug!(target: "auth::session", error, user = owner, "an API key that nobody has may be left");
        }
    }

    /// Records that whoever has reset the password reads the mail. With password and sessions, everything has ended that
    /// was set before.
    async fn confirm_after_reset(self: &Arc<Self>, user: &U, client: &ClientInfo) -> Result<(), AuthError> {
        // A factor that was added before addresses had to be confirmed: a mail takes nothing away from it.
        if self.has_second_step(user).await? {
            return Ok(());
        }
        if self.address_was_proved(user, false, client).await?.is_some() {
            self.end_unconfirmed(&user.id().to_string(), client).await?;
        }
        Ok(())
    }

    async fn hash_for(&self, user: &U, new: &str) -> Result<PasswordHash, AuthError> {
        let password = self.acceptable_password(Some(user), "new_password", new)?;
        Ok(self.sign_in.passwords().hash(password).await?)
    }

    /// Returns the token of a handle if the code is right. A try is spent before anything is compared. It is given back
    /// only if the password is then refused: of many right codes at once, five are looked at, and one wins.
    async fn by_code(
        &self,
        begun: BegunAttempt,
        sign_in: &str,
        code: &str,
        client: &ClientInfo,
    ) -> Result<Option<MailToken>, AuthError> {
        let tokens = self.outbox()?.tokens();
        let Some(token) = tokens.find(PURPOSES, TokenText::Handle, sign_in).await? else { return Ok(None) };
        // First what is of this request alone: a handle without tries must not use up those of the account.
        let Some(token) = tokens.spend_try(token).await? else { return Ok(None) };
        if !self.limits.may_try_code(begun, token.recipient(), client).await {
            return Ok(None);
        }
        if !tokens.is_code(&token, code) {
            self.reset_failed(Some(token.owner()), MailedTokenFailure::WrongCode, client);
            return Err(AuthError::InvalidCode { tries_left: token.tries() });
        }
        self.limits.code_was_right(token.recipient()).await;
        Ok(Some(token))
    }

    /// Returns the user whose token it is, if nothing has made it void: another address, a new password, the end of the
    /// account.
    async fn user_of(&self, outbox: &Outbox<U>, token: &MailToken) -> Result<Option<U>, AuthError> {
        let Ok(id) = token.owner().parse::<U::Id>() else { return Ok(None) };
        let user = match self.users.find(&id).await {
            Err(error) if error.is_corrupt() => None,
            row => row?,
        };
        let Some(user) = user.filter(|row| outbox.tokens().is_meant(token, row)) else { return Ok(None) };
        let epoch = self.feed.stored_epoch(user.id()).await?;
        Ok(epoch.accepts_generation(token.generation()).then_some(user))
    }

    /// Tells the user that the password has changed, if mail is on. It has, whatever becomes of the mail.
    pub(super) async fn mail_notice(&self, user: &U, client: &ClientInfo) {
        if let Some(outbox) = &self.outbox {
            outbox.notify(&self.limits, user, LetterKind::PasswordChanged, None, client).await;
        }
    }

    fn reset_failed(&self, owner: Option<&str>, reason: MailedTokenFailure, client: &ClientInfo) {
        // An owner that is nobody has no id.
        let user = owner.filter(|owner| !MailTo::is_nobody(owner)).map(str::to_owned);
        self.reporter.report(client, EventKind::PasswordResetFailed { user, reason });
    }

    pub(super) fn outbox(&self) -> Result<&Outbox<U>, AuthError> {
        self.outbox.as_deref().ok_or_else(|| AuthError::internal("no mailer is set: `AuthBuilder::mailer`"))
    }
}
