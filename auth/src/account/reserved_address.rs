//! An address that an account was moved away from, and may take back: nobody else gets it meanwhile. An account that is
//! gone takes nothing back.

use super::{AccountService, AddressChangePolicy};
use crate::base::error::AuthError;
use crate::mail::{MailPurpose, MailToken, ReservedData};
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
        let owner = self.limits.nobody(index, login);
        let own = id.map(ToString::to_string);
        let reserved = outbox.tokens().of_owner(MailPurpose::ReservedAddress, &owner).await?;
        let accounts = reserved.iter().filter_map(MailToken::data::<ReservedData>).map(|of| of.owner);
        let others = accounts.filter(|account| Some(account) != own.as_ref());
        for other in others.filter_map(|account| account.parse::<U::Id>().ok()) {
            if self.has_row(&other).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
