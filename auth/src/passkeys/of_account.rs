//! The passkeys of an account: listed, renamed, removed.

use super::passkey_info::PasskeyInfo;
use super::service::{Passkeys, is_of_row};
use super::stored_passkey::{StoredPasskey, is_key};
use crate::factors::FactorOwner;
use crate::store::{Record, StoreError, Update, update};

/// What became of a passkey that was to be removed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It is gone. This was its name.
    Removed { name: String },
    /// The account has no such passkey.
    Unknown,
    /// It is the last one, and stays.
    Last,
}

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

    /// Removes a passkey. With `keep_one`, the last one stays, also if several are removed at once.
    pub(crate) async fn remove(&self, owner: &FactorOwner, id: &str, keep_one: bool) -> Result<Removal, StoreError> {
        if !is_key(id) {
            return Ok(Removal::Unknown);
        }
        let found = self.records.get(&self.kinds.passkey, id).await?;
        let Some(record) = found.filter(|record| record.owner == owner.id) else { return Ok(Removal::Unknown) };
        let name = StoredPasskey::read(&record)?.name;
        if keep_one && self.stored_of(owner).await?.len() < 2 {
            return Ok(Removal::Last);
        }
        if !self.records.delete(&self.kinds.passkey, id).await? {
            return Ok(Removal::Unknown);
        }
        if keep_one && self.stored_of(owner).await?.is_empty() {
            self.records.insert(&Record { version: 1, ..record }).await?;
            return Ok(Removal::Last);
        }
        Ok(Removal::Removed { name })
    }
}
