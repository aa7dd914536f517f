//! The passkeys of an account: listed, renamed, removed.

use super::passkey_info::PasskeyInfo;
use super::service::{Passkeys, is_of_row};
use super::stored_passkey::StoredPasskey;
use crate::factors::FactorOwner;
use crate::store::{Record, StoreError, Update, update};

impl Passkeys {
    /// Returns the passkeys of an account, the oldest first.
    pub(crate) async fn of(&self, owner: &FactorOwner) -> Result<Vec<PasskeyInfo>, StoreError> {
        let mut found = Vec::new();
        for record in self.records.list(&self.kinds.passkey, &owner.id).await? {
            let passkey = StoredPasskey::read(&record)?;
            if is_of_row(&passkey, owner) {
                found.push(PasskeyInfo::of(&record.key, &passkey));
            }
        }
        found.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(found)
    }

    pub(super) async fn stored_of(&self, owner: &FactorOwner) -> Result<Vec<StoredPasskey>, StoreError> {
        let records = self.records.list(&self.kinds.passkey, &owner.id).await?;
        let passkeys: Vec<_> = records.iter().map(StoredPasskey::read).collect::<Result<_, _>>()?;
        Ok(passkeys.into_iter().filter(|passkey| is_of_row(passkey, owner)).collect())
    }

    /// Renames a passkey. Returns whether the account has it.
    pub(crate) async fn rename(&self, owner: &FactorOwner, id: &str, name: &str) -> Result<bool, StoreError> {
        let now = self.now();
        let decide = |record: Option<Record>| {
            let Some(record) = record.filter(|record| record.owner == owner.id) else { return Ok(Update::Keep(false)) };
            let passkey = StoredPasskey { name: name.to_owned(), ..StoredPasskey::read(&record)? };
            let value = serde_json::to_string(&passkey).map_err(StoreError::corrupt)?;
            Ok(Update::Write(Record { value, changed_at: now, ..record }, true))
        };
        Ok(update(&*self.records, (&self.kinds.passkey, id), None, "a passkey", decide).await?.0)
    }

    /// Removes a passkey. Returns whether the account had it.
    pub(crate) async fn remove(&self, owner: &FactorOwner, id: &str) -> Result<bool, StoreError> {
        let found = self.records.get(&self.kinds.passkey, id).await?;
        if found.is_none_or(|record| record.owner != owner.id) {
            return Ok(false);
        }
        self.records.delete(&self.kinds.passkey, id).await
    }

    /// Removes all passkeys of an account. Returns whether there were some.
    pub(crate) async fn reset(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.records.delete_owned(&self.kinds.passkey, id, None).await? > 0)
    }
}
