//! An address that an account was moved away from, and may take back: nobody else gets it meanwhile.
//!
//! It is reserved for as long as the account exists and has a link that leads back to the address: an account that is gone
//! takes nothing back, nor does the next one with its id.

use super::{AccountService, AddressChangePolicy};
use crate::base::error::AuthError;
use crate::mail::{MailPurpose, MailToken, ReservedData, UndoData};
use crate::model::user::AuthUser;

impl<U: AuthUser> AccountService<U> {
    /// Whether another account than `id` may take a login (canonical) back.
    pub(super) async fn is_reserved_login(
        &self,
        index: usize,
        login: &str,
        id: Option<&U::Id>,
    ) -> Result<bool, AuthError> {
        let Some(outbox) = self.outbox.as_ref().filter(|_| U::SCHEMA.mail == Some(index)) else { return Ok(false) };
        if self.address_changes != AddressChangePolicy::NewAndUndo {
            return Ok(false);
        }
        let (tokens, address) = (outbox.tokens(), self.limits.nobody(index, login));
        let own = id.map(ToString::to_string);
        let reserved = tokens.of_owner(MailPurpose::ReservedAddress, &address).await?;
        let accounts = reserved.iter().filter_map(MailToken::data::<ReservedData>).map(|of| of.owner);
        for other in accounts.filter(|account| Some(account) != own.as_ref()) {
            let Ok(id) = other.parse::<U::Id>() else { continue };
            let links = tokens.of_owner(MailPurpose::UndoAddressChange, &other).await?;
            let mut back = links.iter().filter_map(MailToken::data::<UndoData>).map(|undo| undo.old);
            if back.any(|old| self.limits.nobody(index, &old) == address) && self.has_row(&id).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
