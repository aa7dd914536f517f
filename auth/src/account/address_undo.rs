//! Taking a change of address back, for those who lost an account by it.
//!
//! What takes a change back survives everything that somebody may do with the account meanwhile: new passwords, other
//! changes, resets. It is stored before the change is made, and mailed to the former address when it was. It works while the
//! account has the address that it was given, or one that was given to it later in the same way: the chain of changes back to
//! this one is followed. So an address that an operator has set ends it, and the link of a later change cannot be used after
//! that of an earlier one. Meanwhile nobody else signs up with the former address.
//!
//! It gives back the address and no more. The password ends with the sessions, for whoever moved the account may have set it;
//! who reads the mail sets another one. Passkeys end, too: whoever moved the account may have added one, and would come back
//! with it. Of an account with a second factor, from which a mailbox takes nothing away, those end that were added since
//! the login with which the change was asked for.

use std::sync::Arc;
use std::time::Duration;

use super::AccountService;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::mail::{
    AddressChangeData, Binding, LetterKind, MailPurpose, MailToken, NewMail, Outbox, ReservedData, TokenText, UndoData,
    recipient,
};
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::passkeys::remove_added_since;
use crate::rate_limits::BegunAttempt;
use crate::store::uninterrupted;

const UNDO: MailPurpose = MailPurpose::UndoAddressChange;
const RESERVED: MailPurpose = MailPurpose::ReservedAddress;
/// How many changes one link goes back over.
const LONGEST_CHAIN: usize = 64;
/// How old a login may be with which an address is changed and a passkey added.
const RECENT: Duration = Duration::from_mins(5);

impl<U: AuthUser> AccountService<U> {
    /// Stores what takes a change back that is about to be made, the mail with it, and that the former address is not free.
    /// Returns the token, for a change that is refused: without it, nothing is mailed.
    pub(super) async fn prepare_undo(
        &self,
        outbox: &Outbox<U>,
        user: &U,
        (change, asked_at): (&AddressChangeData, Timestamp),
        client: &ClientInfo,
    ) -> Result<MailToken, AuthError> {
        let (index, tokens) = (outbox.address(), outbox.tokens());
        let generation = self.feed.stored_epoch(user.id()).await?.generation;
        let undo = UndoData { old: change.old.clone(), new: change.new.clone(), asked_at: Some(asked_at.as_millis()) };
        let name = self.limits.account_key(index, &change.old);
        let binding = Binding::of(user, &change.old, generation, name, None);
        let reserved = Binding::of_nobody(self.limits.nobody(index, &change.old), &change.old, generation, name, None);
        let reserved_for = ReservedData { owner: binding.owner.clone() };
        tokens.issue_with(RESERVED, &reserved, Some(&reserved_for)).await?;
        let token = tokens.issue_with(UNDO, &binding, Some(&undo)).await?;
        let (kind, locale) = (LetterKind::AddressChanged, &client.locale);
        let (owner, address) = (&*binding.owner, &*change.old);
        outbox.enqueue(NewMail { kind, owner, address, token: Some(&token), locale, about: None }).await?;
        Ok(token)
    }

    /// Takes a change back; see [`Auth::undo_address_change`](crate::Auth::undo_address_change).
    pub(crate) async fn undo_address_change(
        self: &Arc<Self>,
        _begun: BegunAttempt,
        text: &str,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let (this, text, client) = (Arc::clone(self), text.to_owned(), client.clone());
        uninterrupted(async move { this.undo_and_tell(&text, &client).await }).await?
    }

    async fn undo_and_tell(&self, text: &str, client: &ClientInfo) -> Result<(), AuthError> {
        let outbox = self.outbox()?;
        let tokens = outbox.tokens();
        let token = tokens.find(&[UNDO], TokenText::Link, text).await?.ok_or(AuthError::InvalidLink)?;
        let undo: UndoData = token.data().ok_or(AuthError::InvalidLink)?;
        let Ok(id) = token.owner().parse::<U::Id>() else { return Err(AuthError::InvalidLink) };
        let user = self.users.find(&id).await?.filter(|row| token.is_of_row(row)).ok_or(AuthError::InvalidLink)?;
        let present = recipient(&user, outbox.address()).ok_or(AuthError::InvalidLink)?;
        let chain = tokens.of_owner(UNDO, token.owner()).await?;
        let later = chain.iter().filter(|other| other.generation() > token.generation());
        let later: Vec<UndoData> = later.filter_map(MailToken::data).collect();
        let is_above = self.feed.is_above_the_floor(token.generation()).await?;
        if !is_above || present == undo.old || !leads_back(&present, &undo.new, &later) {
            return Err(AuthError::InvalidLink);
        }
        let same = |row: &U| {
            token.is_of_row(row) && recipient(row, outbox.address()).is_some_and(|address| address == present)
        };
        let since = if self.has_second_step(&user).await? {
            undo.asked_at.map_or_else(|| token.issued_at(), Timestamp::from_millis).minus(RECENT)
        } else {
            Timestamp::default()
        };
        let (passkeys, owner) = ((&*self.records, &*self.kinds.passkey), token.owner());
        let remove = move || async move {
            let keys = self.end_keys_of(owner).await?;
            Ok(remove_added_since(passkeys, owner, since).await? || keys)
        };
        // Before the sessions end: one that began with a passkey in between would go on.
        remove().await?;
        if !self.return_address(&id, &undo.old, &same, client).await? {
            return Err(AuthError::InvalidLink);
        }
        // Void from now on, because they lead back from elsewhere; those of earlier changes stay.
        for other in chain.iter().filter(|other| other.generation() >= token.generation()) {
            tokens.remove(other).await;
        }
        self.reporter.report(client, EventKind::AddressChangeUndone { user: id.to_string() });
        self.end_until_none_is_left(&id, client, remove).await.map(drop)
    }
}

/// Whether the changes that were made later lead from the present address back to `new`.
fn leads_back(present: &str, new: &str, later: &[UndoData]) -> bool {
    let mut address = present;
    for _ in 0..LONGEST_CHAIN {
        if address == new {
            return true;
        }
        match later.iter().find(|undo| undo.new == address) {
            Some(undo) => address = &undo.old,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::leads_back;
    use crate::mail::UndoData;

    #[test]
    fn a_chain_of_changes_is_followed_back() {
        let change = |old: &str, new: &str| UndoData { old: old.to_owned(), new: new.to_owned(), asked_at: None };
        let later = [change("b", "c"), change("c", "d")];
        assert!(leads_back("b", "b", &[]) && leads_back("d", "b", &later) && leads_back("c", "b", &later));
        assert!(!leads_back("x", "b", &later), "somebody else has set it");
        assert!(!leads_back("a", "b", &later), "it was taken back");
        assert!(!leads_back("c", "b", &[change("c", "d"), change("d", "c")]), "a circle ends");
    }
}
