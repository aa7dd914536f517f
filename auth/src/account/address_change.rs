//! Another address for an account, after whoever reads its mail has confirmed it.
//!
//! Whoever has taken over a session must not be able to take the account with it: so the present address confirms the
//! change as well, or can take it back for three days ([`AddressChangePolicy`], `address_undo`). What was asked for is one
//! record, with a link for each of the two addresses; another request replaces it, so that two changes cannot be mixed up
//! (REG-10). Whether another account has the address is found out when everything is confirmed, by whoever reads its mail.
//!
//! The link of the new address works only in the browser that asked. Without that, somebody could have the address of
//! another person confirmed for their own account by that person, who only follows the link in a mail (REG-08).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::change::Condition;
use super::{AccountService, AddressChangePolicy};
use crate::PasswordHash;
use crate::base::error::{AuthError, FieldError};
use crate::mail::{
    AddressChangeData, Binding, LetterKind, MailPurpose, MailToken, NewMail, Outbox, TokenText, recipient,
};
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::rate_limits::{BegunAttempt, CountedMail, MailTo};
use crate::revocation::epoch::Bump;
use crate::store::{Change, TRIES, uninterrupted};

/// A change of address that was asked for.
#[derive(Clone)]
#[non_exhaustive]
pub struct AddressChangeRequest {
    /// The handle of this request: the link of the new address works only together with it.
    pub sign_in: String,
    /// How long the links work.
    pub expires_in: Duration,
}

/// Without the handle.
impl fmt::Debug for AddressChangeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddressChangeRequest").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// What a confirmation of a change of address has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressChange {
    /// The account has the new address.
    Done,
    /// The present address has to confirm it, too.
    WaitingForOld,
    /// The new address has to confirm it, too.
    WaitingForNew,
}

const CHANGE: MailPurpose = MailPurpose::ChangeAddress;

impl<U: AuthUser> AccountService<U> {
    /// Begins a change of address; see [`Auth::request_address_change`](crate::Auth::request_address_change).
    pub(crate) async fn request_address_change(
        &self,
        begun: BegunAttempt,
        claims: &U::Claims,
        new: &str,
        client: &ClientInfo,
    ) -> Result<AddressChangeRequest, AuthError> {
        let outbox = self.outbox()?;
        let index = outbox.address();
        let user = self.signed_in_user(claims).await?;
        if user.is_verified() == Some(false) {
            let message = "confirm your present address first".to_owned();
            return Err(AuthError::Denied { code: "address_not_verified", message });
        }
        let new = Self::acceptable_login(index, new)?;
        let Some(old) = recipient(&user, index) else { return Err(AuthError::NotFound) };
        if new == old {
            let column = U::SCHEMA.login_column(index);
            let unchanged = FieldError::new(column, "unchanged", "this is your address already");
            return Err(AuthError::InvalidFields(vec![unchanged]));
        }
        let owner = user.id().to_string();
        self.reporter.report(client, EventKind::AddressChangeRequested { user: owner.clone() });
        let both = self.address_changes == AddressChangePolicy::Both;
        let (name, new_name) = (self.limits.account_key(index, &old), self.limits.account_key(index, &new));
        let nothing = || {
            let sign_in = outbox.tokens().handle_of_nothing()?;
            Ok(AddressChangeRequest { sign_in, expires_in: CHANGE.life() })
        };
        let (to_new, to_old) = (new_name.to_string(), both.then(|| name.to_string()));
        let counted = self.count_mails(begun, &to_new, to_old.as_deref(), client).await;
        let Some(counted) = counted else { return nothing() };
        let generation = self.feed.stored_epoch(user.id()).await?.generation;
        let change = AddressChangeData { old: old.clone(), new, both, old_confirmed: false, new_confirmed: false };
        let binding = Binding::of(&user, &old, generation, name, self.limits.network_key(client));
        let token = outbox.tokens().issue_with(CHANGE, &binding, Some(&change)).await?;
        let (sent, locale) = (Some(&token), &client.locale);
        let mail = |kind, address| NewMail { kind, owner: &owner, address, token: sent, locale, about: None };
        counted.keep();
        if both {
            outbox.enqueue(mail(LetterKind::ConfirmAddressChange, &old)).await?;
        }
        outbox.enqueue(mail(LetterKind::ConfirmNewAddress, &change.new)).await?;
        let sign_in = outbox.tokens().text(&token, TokenText::Handle);
        Ok(AddressChangeRequest { sign_in, expires_in: CHANGE.life() })
    }

    /// Counts the mail to the new address, and the one to the present address if that confirms, too.
    async fn count_mails(
        &self,
        begun: BegunAttempt,
        new: &str,
        old: Option<&str>,
        client: &ClientInfo,
    ) -> Option<CountedMail<U>> {
        let mut counted = self.limits.count_mail(begun, new, client).await?;
        if let Some(old) = old {
            counted = counted.also_to(old, client).await?;
        }
        counted.among_all(MailTo::NewAddress, client).await
    }

    /// Confirms a change; see [`Auth::confirm_address_change`](crate::Auth::confirm_address_change).
    pub(crate) async fn confirm_address_change(
        self: &Arc<Self>,
        _begun: BegunAttempt,
        text: &str,
        sign_in: Option<&str>,
        client: &ClientInfo,
    ) -> Result<AddressChange, AuthError> {
        let (this, text, sign_in) = (Arc::clone(self), text.to_owned(), sign_in.map(str::to_owned));
        let client = client.clone();
        uninterrupted(async move { this.confirm_and_store(&text, sign_in.as_deref(), &client).await }).await?
    }

    async fn confirm_and_store(
        &self,
        text: &str,
        sign_in: Option<&str>,
        client: &ClientInfo,
    ) -> Result<AddressChange, AuthError> {
        let outbox = self.outbox()?;
        let tokens = outbox.tokens();
        for _ in 0..TRIES {
            let found = tokens.find(&[CHANGE], TokenText::Link, text).await?;
            let by_new = found.is_some();
            let token = match found {
                Some(token) => token,
                None => tokens.find(&[CHANGE], TokenText::FormerLink, text).await?.ok_or(AuthError::InvalidLink)?,
            };
            if by_new && !sign_in.is_some_and(|handle| tokens.is_text(&token, TokenText::Handle, handle)) {
                return Err(AuthError::OtherBrowser);
            }
            // Both links are void as soon as the change is, also the one that alone changes nothing.
            let Ok(id) = token.owner().parse::<U::Id>() else { return Err(AuthError::InvalidLink) };
            let user = self.users.find(&id).await?.filter(|row| outbox.tokens().is_meant(&token, row));
            let user = user.ok_or(AuthError::InvalidLink)?;
            if !self.feed.stored_epoch(&id).await?.accepts_generation(token.generation()) {
                return Err(AuthError::InvalidLink);
            }
            let mut change: AddressChangeData = token.data().ok_or(AuthError::InvalidLink)?;
            let confirmed = if by_new { &mut change.new_confirmed } else { &mut change.old_confirmed };
            *confirmed = true;
            let Some(token) = tokens.set_data(token, &change).await? else { continue };
            return match change {
                AddressChangeData { new_confirmed: false, .. } => Ok(AddressChange::WaitingForNew),
                AddressChangeData { old_confirmed: false, both: true, .. } => Ok(AddressChange::WaitingForOld),
                change => self.change_address(outbox, user, &token, &change, client).await,
            };
        }
        Err(AuthError::unavailable("a change of address was confirmed by too many at once"))
    }

    /// Stores the new address.
    async fn change_address(
        &self,
        outbox: &Outbox<U>,
        user: U,
        token: &MailToken,
        change: &AddressChangeData,
        client: &ClientInfo,
    ) -> Result<AddressChange, AuthError> {
        // Before the change: whoever makes it must not be able to break off before its owner is told.
        let asked = (change, token.issued_at());
        let undo = if change.both { None } else { Some(self.prepare_undo(outbox, &user, asked, client).await?) };
        let same = |row: &U| outbox.tokens().is_meant(token, row);
        let condition = Condition { generation: Some(token.generation()), row: Some(&same) };
        let login = (outbox.address(), &*change.new);
        let verified = [Change::Verified(true, self.reporter.now())];
        let more = if U::SCHEMA.verified.is_some() { &verified[..] } else { &[] };
        let stored = self.store_login(user.id(), login, more, Bump::Tokens, condition, client).await;
        if !matches!(stored, Err(AuthError::Unavailable(_))) {
            outbox.tokens().remove(token).await;
        }
        if let (Some(undo), Ok(false) | Err(AuthError::Taken { .. } | AuthError::RefusedByTable(_))) = (&undo, &stored)
        {
            outbox.tokens().remove(undo).await;
        }
        if stored? { Ok(AddressChange::Done) } else { Err(AuthError::InvalidLink) }
    }

    /// Gives an account back the address it had, and nothing of what was set since: whoever moved it may have set a
    /// password, too. See [`Auth::undo_address_change`](crate::Auth::undo_address_change).
    pub(super) async fn return_address(
        &self,
        id: &U::Id,
        old: &str,
        same: &(dyn Fn(&U) -> bool + Sync),
        client: &ClientInfo,
    ) -> Result<bool, AuthError> {
        let verified = U::SCHEMA.verified.map(|_| Change::Verified(true, self.reporter.now()));
        let password = U::SCHEMA.password.map(|_| Change::PasswordHash(PasswordHash::unusable()));
        let more: Vec<Change<U>> = verified.into_iter().chain(password).collect();
        let condition = Condition { generation: None, row: Some(same) };
        let login = (self.outbox()?.address(), old);
        self.store_login(id, login, &more, Bump::ALL, condition, client).await
    }
}
