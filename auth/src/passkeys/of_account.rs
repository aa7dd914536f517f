//! The passkeys of an account: listed, renamed, removed.

use super::passkey_info::PasskeyInfo;
use super::service::{Passkeys, is_of_row};
use super::stored_passkey::{StoredPasskey, is_key};
use crate::base::clock::Timestamp;
use crate::factors::{FactorOwner, Left, Removal};
use crate::store::{DynRecords, Record, StoreError, Update, update};

impl Passkeys {
    /// Returns the passkeys of an account, the oldest first.
    pub(crate) async fn of(&self, owner: &FactorOwner) -> Result<Vec<PasskeyInfo>, StoreError> {
        let mut found = Vec::new();
        for record in self.records.list(&self.kinds.passkey, &owner.id).await? {
            if let Some(passkey) =
                record.value_if_readable::<StoredPasskey>("a passkey").filter(|passkey| is_of_row(passkey, owner))
            {
                found.push(PasskeyInfo::of(&record.key, &passkey));
            }
        }
        found.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(found)
    }

    pub(super) async fn stored_of(&self, owner: &FactorOwner) -> Result<Vec<StoredPasskey>, StoreError> {
        let records = self.records.list(&self.kinds.passkey, &owner.id).await?;
        let passkeys = records.iter().filter_map(|record| record.value_if_readable("a passkey"));
        Ok(passkeys.filter(|passkey| is_of_row(passkey, owner)).collect())
    }

    /// Renames a passkey. Returns whether the account has it.
    pub(crate) async fn rename(&self, owner: &FactorOwner, id: &str, name: &str) -> Result<bool, StoreError> {
        if !is_key(id) {
            return Ok(false);
        }
        let now = self.now();
        let decide = |record: Option<Record>| {
            let Some(record) = record.filter(|record| record.owner == owner.id) else { return Ok(Update::Keep(false)) };
            let passkey = StoredPasskey { name: name.to_owned(), ..StoredPasskey::read(&record)? };
            let value = serde_json::to_string(&passkey).map_err(StoreError::corrupt)?;
            Ok(Update::Write(Record { value, changed_at: now, ..record }, true))
        };
        Ok(update(&*self.records, (&self.kinds.passkey, id), None, "a passkey", decide).await?.0)
    }

    /// Returns the keys of the passkeys of an account.
    pub(crate) async fn keys_of(&self, owner: &FactorOwner) -> Result<Vec<String>, StoreError> {
        Ok(self.of(owner).await?.into_iter().map(|passkey| passkey.id).collect())
    }

    /// Marks a passkey that is to be removed, if enough is left then.
    pub(crate) async fn mark(&self, owner: &FactorOwner, id: &str, left: Left) -> Result<Removal, StoreError> {
        self.factors.mark_passkey(owner, id, left, || self.keys_of(owner)).await
    }

    /// Takes the mark away, whatever has become of the passkey.
    pub(crate) async fn unmark(&self, owner: &FactorOwner, id: &str) {
        self.factors.unmark_passkey(owner, id).await;
    }

    /// Removes a passkey. Returns whether the account had it.
    pub(crate) async fn remove(&self, owner: &FactorOwner, id: &str) -> Result<bool, StoreError> {
        if !is_key(id) {
            return Ok(false);
        }
        let found = self.records.get(&self.kinds.passkey, id).await?;
        if found.is_none_or(|record| record.owner != owner.id) {
            return Ok(false);
        }
        self.records.delete(&self.kinds.passkey, id).await
    }
}

/// Removes the passkeys of an account that were added at this time or later, also while passkeys are off. Returns whether
/// there were any.
pub(crate) async fn remove_added_since(
    (records, kind): (&dyn DynRecords, &str),
    owner: &str,
    since: Timestamp,
) -> Result<bool, StoreError> {
    let mut removed = false;
    for record in records.list(kind, owner).await? {
        // One that this release cannot read lets nobody in.
        if StoredPasskey::read(&record).is_ok_and(|passkey| passkey.created_at >= since.as_millis()) {
            removed |= records.delete(kind, &record.key).await?;
        }
    }
    Ok(removed)
}
