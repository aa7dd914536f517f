//! The address of an account is confirmed: by its user, who reads a mail, or by the application.
//!
//! A link that confirms an address takes a session, or what began the sign-in. Without, whoever signed up with another
//! person's address would have it confirmed by that person, who only wants to be rid of the mail. If the mailbox alone
//! proves an account whose address was not confirmed, everything that was set before ends (REG-08).

use std::sync::Arc;
use std::time::Duration;

use super::change::Condition;
use super::{AccountService, Accounts};
use crate::PasswordHash;
use crate::base::error::AuthError;
use crate::factors::FactorOwner;
use crate::mail::{Binding, LetterKind, MailPurpose, MailToken, NewMail, TokenText, recipient};
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, MailedTokenFailure};
use crate::model::user::{AuthUser, is_same_row};
use crate::rate_limits::{BegunAttempt, MailTo};
use crate::revocation::epoch::Bump;
use crate::sign_in::Answer;
use crate::store::{Change, RowChange, uninterrupted};

const VERIFY: MailPurpose = MailPurpose::VerifyAddress;

impl<U: AuthUser> AccountService<U> {
    /// Mails link and code to confirm the address of a signed-in user; see
    /// [`Auth::send_verification`](crate::Auth::send_verification).
    pub(crate) async fn send_verification(
        &self,
        begun: BegunAttempt,
        claims: &U::Claims,
        client: &ClientInfo,
    ) -> Result<Option<Duration>, AuthError> {
        let user = self.signed_in_user(claims).await?;
        self.mail_verification(begun, &user, client).await
    }

    /// Mails link and code to an account whose address is not confirmed. `None` if it is.
    pub(super) async fn mail_verification(
        &self,
        begun: BegunAttempt,
        user: &U,
        client: &ClientInfo,
    ) -> Result<Option<Duration>, AuthError> {
        let outbox = self.outbox()?;
        if user.is_verified() != Some(false) {
            return Ok(None);
        }
        let index = outbox.address();
        let Some(address) = recipient(user, index) else { return Ok(None) };
        let name = self.limits.account_key(index, &address);
        if let Some(counted) = self.limits.count_mail_to(begun, &name.to_string(), MailTo::Account, client).await {
            let epoch = self.feed.stored_epoch(user.id()).await?;
            let binding = Binding::of(user, &address, epoch.generation, name, self.limits.network_key(client));
            let token = outbox.tokens().issue(VERIFY, &binding).await?;
            let (kind, token, locale) = (LetterKind::VerifyAddress, Some(&token), &client.locale);
            let (owner, address) = (&*binding.owner, &*address);
            counted.keep();
            outbox.enqueue(NewMail { kind, owner, address, token, locale, about: None }).await?;
        }
        Ok(Some(VERIFY.life()))
    }

    /// Confirms the address of a signed-in user; see [`Auth::verify_address`](crate::Auth::verify_address).
    pub(crate) async fn verify_address(
        &self,
        begun: BegunAttempt,
        claims: &U::Claims,
        answer: Answer<'_>,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let outbox = self.outbox()?;
        let user = self.signed_in_user(claims).await?;
        let owner = user.id().to_string();
        let failed = |reason, error| {
            let user = Some(owner.clone());
            self.reporter.report(client, EventKind::AddressVerificationFailed { user, reason });
            error
        };
        let token = match answer {
            Answer::MailedLink(text) => {
                let token = outbox.tokens().find(&[VERIFY], TokenText::Link, text).await?;
                // A link of another account uses nothing up, and confirms nothing.
                let token = token.filter(|token| token.owner() == owner);
                token.ok_or_else(|| failed(MailedTokenFailure::InvalidLink, AuthError::InvalidLink))?
            }
            Answer::MailedCode(code) => self.token_of_code(begun, &owner, code, client).await?.map_err(|error| {
                let wrong = matches!(error, AuthError::InvalidCode { .. });
                failed(if wrong { MailedTokenFailure::WrongCode } else { MailedTokenFailure::Expired }, error)
            })?,
            Answer::Totp(_) | Answer::RecoveryCode(_) | Answer::Passkey(_) => {
                return Err(AuthError::InvalidRequest("an address is confirmed with what was mailed to it"));
            }
        };
        let is_void = || failed(MailedTokenFailure::InvalidLink, AuthError::InvalidLink);
        if !outbox.tokens().is_meant(&token, &user) {
            return Err(is_void());
        }
        let confirmed = user.is_verified() != Some(false)
            || self
                .set_verified_if(&user, Some(token.generation()), |row| outbox.tokens().is_meant(&token, row), client)
                .await?;
        if !confirmed {
            return Err(is_void());
        }
        self.reporter.report(client, EventKind::AddressVerified { user: owner.clone() });
        for token in outbox.tokens().of_owner(VERIFY, &owner).await? {
            outbox.tokens().remove(&token).await;
        }
        Ok(())
    }

    /// Returns the token to which a code belongs that a signed-in user enters: one of those that were mailed. A try at
    /// the newest is spent before anything is compared.
    async fn token_of_code(
        &self,
        begun: BegunAttempt,
        owner: &str,
        code: &str,
        client: &ClientInfo,
    ) -> Result<Result<MailToken, AuthError>, AuthError> {
        let tokens = self.outbox()?.tokens();
        let mut live = tokens.of_owner(VERIFY, owner).await?.into_iter();
        let Some(newest) = live.next() else { return Ok(Err(AuthError::SignInExpired)) };
        let Some(newest) = tokens.spend_try(newest).await? else { return Ok(Err(AuthError::SignInExpired)) };
        if !self.limits.may_try_code(begun, newest.recipient(), client).await {
            return Ok(Err(AuthError::SignInExpired));
        }
        let tries_left = newest.tries();
        let right = std::iter::once(newest).chain(live).find(|token| tokens.is_code(token, code));
        let Some(token) = right else { return Ok(Err(AuthError::InvalidCode { tries_left })) };
        self.limits.code_was_right(token.recipient()).await;
        Ok(Ok(token))
    }

    /// Records that somebody reads the mail of the address of an account. `alone`: that is all they have shown, so
    /// whatever was set before ends. Returns the row as it is then; `None` if it is not that account any more.
    pub(super) async fn address_was_proved(
        self: &Arc<Self>,
        user: &U,
        alone: bool,
        client: &ClientInfo,
    ) -> Result<Option<U>, AuthError> {
        let (this, user, client) = (Arc::clone(self), user.clone(), client.clone());
        uninterrupted(async move { this.record_proof_of_address(&user, alone, &client).await }).await?
    }

    async fn record_proof_of_address(
        &self,
        user: &U,
        alone: bool,
        client: &ClientInfo,
    ) -> Result<Option<U>, AuthError> {
        let outbox = self.outbox()?;
        let address = recipient(user, outbox.address());
        let same = |row: &U| is_same_row(row, user.created()) && recipient(row, outbox.address()) == address;
        let done = if alone {
            self.reclaim(user, &same, client).await?
        } else {
            self.set_verified_if(user, None, &same, client).await?
        };
        if !done {
            return Ok(None);
        }
        self.reporter.report(client, EventKind::AddressVerified { user: user.id().to_string() });
        Ok(self.users.find(user.id()).await?.filter(same))
    }

    /// Ends everything that was set before the address was confirmed: the password, passkeys, API keys, sessions, mailed
    /// tokens.
    async fn reclaim(
        &self,
        user: &U,
        same: impl Fn(&U) -> bool + Sync,
        client: &ClientInfo,
    ) -> Result<bool, AuthError> {
        let verified = Change::Verified(true, self.reporter.now());
        let password = U::SCHEMA.password.map(|_| Change::PasswordHash(PasswordHash::unusable()));
        let changes: Vec<Change<U>> = std::iter::once(verified).chain(password).collect();
        let condition = Condition { generation: None, row: Some(&same) };
        let owner = user.id().to_string();
        self.end_passkeys_and_keys(&owner).await?;
        if !self.change_row_if(condition, user.id(), Bump::ALL, client, RowChange::Update(&changes)).await? {
            return Ok(false);
        }
        self.end_unconfirmed(&owner, client).await?;
        Ok(true)
    }

    /// Ends what is left of whoever had the account before its address was confirmed, and says so.
    pub(super) async fn end_unconfirmed(&self, owner: &str, client: &ClientInfo) -> Result<(), AuthError> {
        self.reporter.report(client, EventKind::AccountReclaimed { user: owner.to_owned() });
        self.outbox()?.tokens().remove_owned(owner).await?;
        // One may have been added while the account changed hands.
        self.end_passkeys_and_keys(owner).await
    }

    /// Removes the passkeys and API keys of an account that changes hands, and the recovery codes that take the place of
    /// passkeys. Before its sessions end: one that began with a passkey in between would go on.
    pub(super) async fn end_passkeys_and_keys(&self, owner: &str) -> Result<(), AuthError> {
        self.records.delete_owned(&self.kinds.passkey, owner, None).await?;
        self.end_keys_of(owner).await?;
        let owner = FactorOwner { id: owner.to_owned(), row: None };
        Ok(self.factors.end_codes_of_nothing(&owner).await?)
    }

    /// Sets the `verified` field if the row is still the one that is meant. Access tokens say it after a refresh.
    pub(super) async fn set_verified_if(
        &self,
        user: &U,
        generation: Option<u64>,
        same: impl Fn(&U) -> bool + Sync,
        client: &ClientInfo,
    ) -> Result<bool, AuthError> {
        let change = [Change::Verified(true, self.reporter.now())];
        let condition = Condition { generation, row: Some(&same) };
        self.change_row_if(condition, user.id(), Bump::Tokens, client, RowChange::Update(&change)).await
    }
}

impl<U: AuthUser> Accounts<'_, U> {
    /// Sets whether the address of the account is confirmed: for an application that finds out by itself. Access tokens
    /// with the old value stop working; sessions continue, and a refresh brings the new one.
    ///
    /// # Errors
    /// See [`Accounts`]; [`AuthError::Internal`] if the user type has no `verified` field.
    pub async fn set_verified(&self, id: &U::Id, verified: bool) -> Result<(), AuthError> {
        self.exists(id).await?;
        let now = self.accounts.reporter.now();
        let user = id.to_string();
        let told = if verified { EventKind::AddressVerified { user } } else { EventKind::UserChanged { user } };
        self.change(id, Bump::Tokens, Change::Verified(verified, now), told).await?;
        Ok(())
    }
}
