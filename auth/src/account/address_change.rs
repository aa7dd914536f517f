//! Another address for an account, after whoever reads its mail has confirmed it.
//!
//! Whoever has taken over a session must not be able to take the account with it: so the present address confirms the
//! change as well, or can take it back for three days ([`AddressChangePolicy`]). What was asked for is one record, with a
//! link for each of the two addresses; another request replaces it, so that two changes cannot be mixed up (REG-10).
//! Whether another account has the address is found out when everything is confirmed, by whoever reads its mail.
//!
//! What takes a change back survives everything that somebody may do with the account meanwhile: new passwords, other
//! changes, resets. The later one of two changes cannot be used against the earlier one.

use std::time::Duration;

use super::confirm::is_meant;
use super::{AccountService, AddressChangePolicy};
use crate::base::error::{AuthError, FieldError};
use crate::mail::{
    AddressChangeData, Binding, LetterKind, MailPurpose, MailToken, NewMail, Outbox, Shown, UndoData, recipient,
};
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::rate_limits::BegunAttempt;
use crate::revocation::epoch::Bump;
use crate::store::TRIES;

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
const UNDO: MailPurpose = MailPurpose::UndoAddressChange;

impl<U: AuthUser> AccountService<U> {
    /// Begins a change of address; see [`Auth::request_address_change`](crate::Auth::request_address_change).
    pub(crate) async fn request_address_change(
        &self,
        begun: BegunAttempt,
        claims: &U::Claims,
        new: &str,
        client: &ClientInfo,
    ) -> Result<Duration, AuthError> {
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
            let column = U::SCHEMA.logins.get(index).map_or("email", |login| login.column);
            let unchanged = FieldError::new(column, "unchanged", "this is your address already");
            return Err(AuthError::InvalidFields(vec![unchanged]));
        }
        let owner = user.id().to_string();
        self.reporter.report(client, EventKind::AddressChangeRequested { user: owner.clone() });
        if !self.limits.may_mail(begun, index, &new, client).await
            || !self.limits.may_mail_all(begun, true, client).await
        {
            return Ok(CHANGE.life());
        }
        let generation = self.feed.stored_epoch(user.id()).await?.generation;
        let both = self.address_changes == AddressChangePolicy::Both;
        let change = AddressChangeData { old: old.clone(), new, both, old_confirmed: false, new_confirmed: false };
        let binding = Binding { owner: &owner, address: &old, generation };
        let token = outbox.tokens().issue_with(CHANGE, binding, Some(&change)).await?;
        let (token, locale) = (Some(&token), &client.locale);
        let mail = |kind, address| NewMail { kind, owner: &owner, address, token, locale, about: None };
        if both {
            outbox.enqueue(mail(LetterKind::ConfirmAddressChange, &old)).await?;
        }
        outbox.enqueue(mail(LetterKind::ConfirmNewAddress, &change.new)).await?;
        Ok(CHANGE.life())
    }

    /// Confirms a change; see [`Auth::confirm_address_change`](crate::Auth::confirm_address_change).
    pub(crate) async fn confirm_address_change(
        &self,
        _begun: BegunAttempt,
        text: &str,
        client: &ClientInfo,
    ) -> Result<AddressChange, AuthError> {
        let outbox = self.outbox()?;
        for _ in 0..TRIES {
            let by_new = outbox.tokens().find(&[CHANGE], Shown::Link, text).await?;
            let (token, by_new) = if let Some(token) = by_new {
                (token, true)
            } else {
                let by_old = outbox.tokens().find(&[CHANGE], Shown::FormerLink, text).await?;
                (by_old.ok_or(AuthError::InvalidLink)?, false)
            };
            let mut change: AddressChangeData = token.data().ok_or(AuthError::InvalidLink)?;
            let confirmed = if by_new { &mut change.new_confirmed } else { &mut change.old_confirmed };
            *confirmed = true;
            let Some(token) = outbox.tokens().set_data(token, &change).await? else { continue };
            return match change {
                AddressChangeData { new_confirmed: false, .. } => Ok(AddressChange::WaitingForNew),
                AddressChangeData { old_confirmed: false, both: true, .. } => Ok(AddressChange::WaitingForOld),
                change => self.change_address(outbox, &token, &change, client).await,
            };
        }
        Err(AuthError::unavailable("a change of address was confirmed by too many at once"))
    }

    /// Stores the new address.
    async fn change_address(
        &self,
        outbox: &Outbox<U>,
        token: &MailToken,
        change: &AddressChangeData,
        client: &ClientInfo,
    ) -> Result<AddressChange, AuthError> {
        let Ok(id) = token.owner().parse::<U::Id>() else { return Err(AuthError::InvalidLink) };
        if !self.feed.stored_epoch(&id).await?.accepts_generation(token.generation()) {
            return Err(AuthError::InvalidLink);
        }
        let login = (outbox.address(), &*change.new);
        let same = |row: &U| is_meant(outbox, token, row);
        let stored = self.store_login(&id, login, true, Bump::Tokens, Some(&same), client).await;
        if !matches!(stored, Err(AuthError::Unavailable(_))) {
            outbox.tokens().remove(token).await;
        }
        if !stored? {
            return Err(AuthError::InvalidLink);
        }
        if let Some(user) = self.users.find(&id).await? {
            self.limits.account_began(&user, client).await;
        }
        if !change.both {
            self.mail_undo(outbox, token.owner(), change, client).await?;
        }
        Ok(AddressChange::Done)
    }

    /// Tells the former address, with what takes the change back.
    async fn mail_undo(
        &self,
        outbox: &Outbox<U>,
        owner: &str,
        change: &AddressChangeData,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let undo = UndoData { old: change.old.clone(), new: change.new.clone(), at: self.reporter.now().as_millis() };
        let binding = Binding { owner, address: &change.old, generation: 0 };
        let token = outbox.tokens().issue_with(UNDO, binding, Some(&undo)).await?;
        let (kind, locale) = (LetterKind::AddressChanged, &client.locale);
        let address = &change.old;
        outbox.enqueue(NewMail { kind, owner, address, token: Some(&token), locale, about: None }).await
    }

    /// Takes a change back; see [`Auth::undo_address_change`](crate::Auth::undo_address_change).
    pub(crate) async fn undo_address_change(
        &self,
        _begun: BegunAttempt,
        text: &str,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let outbox = self.outbox()?;
        let token = outbox.tokens().find(&[UNDO], Shown::Link, text).await?.ok_or(AuthError::InvalidLink)?;
        let undo: UndoData = token.data().ok_or(AuthError::InvalidLink)?;
        let Ok(id) = token.owner().parse::<U::Id>() else { return Err(AuthError::InvalidLink) };
        let login = (outbox.address(), &*undo.old);
        if !self.store_login(&id, login, true, Bump::ALL, None, client).await? {
            return Err(AuthError::InvalidLink);
        }
        // Those of later changes would give the account to the addresses that were just taken from it.
        for other in outbox.tokens().of_owner(UNDO, token.owner()).await? {
            let is_later = other.data::<UndoData>().is_none_or(|data| data.at > undo.at);
            if is_later || other.id() == token.id() {
                outbox.tokens().remove(&other).await;
            }
        }
        self.reporter.report(client, EventKind::AddressChangeUndone { user: id.to_string() });
        Ok(())
    }
}
