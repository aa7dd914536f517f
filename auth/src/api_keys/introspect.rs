//! What is said of a key to a service that was given it (RFC 7662).
//!
//! Unlike a guard, this believes nothing that is remembered: whoever asks wants to know what is true at this moment, also
//! of a key that another instance has just revoked. And it counts no guesses by address: whoever asks has shown a key of
//! their own, whose limit bounds the look-ups. By address, strangers who send guesses to that service would keep it from
//! being answered at all.

use super::service::ApiKeys;
use super::stored_key::StoredKey;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::api_key_id::ApiKeyId;
use crate::model::user::AuthUser;
use crate::proof::may_continue;
use crate::store::Budget;

/// A key that is alive, whose owner is there, and what it may do now.
pub(crate) struct ActiveKey {
    pub(crate) id: ApiKeyId,
    /// The id of the owner, as text.
    pub(crate) owner: String,
    pub(crate) created_at: Timestamp,
    /// `None`: never.
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) permissions: Vec<&'static str>,
}

impl<U: AuthUser> ApiKeys<U> {
    /// Returns the key with this text, if there is one that a guard would take now. That is a use of it, which is written as
    /// any other: once a day at most.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub(crate) async fn introspect(&self, text: &str, budget: &Budget) -> Result<Option<ActiveKey>, AuthError> {
        // The length and the checksum come first: a text that is no key costs neither a hash nor a query.
        let Some(id) = self.settings.prefix.id(text) else { return Ok(None) };
        if self.feed.key_has_ended(id.sid(), u64::MAX) {
            return Ok(None);
        }
        let read = async {
            self.feed.read_about_key(id.sid()).await?;
            Ok::<_, AuthError>(self.records.get(&self.kinds.api_key, &id.to_string()).await?)
        };
        let Some(record) = Box::pin(budget.spend(read)).await? else { return Ok(None) };
        let Some(key) = self.found_key(id, &record)? else { return Ok(None) };
        if key.ends_at <= self.now() || self.feed.key_has_ended(id.sid(), key.generation) {
            return Ok(None);
        }
        let row = self.feed.owner_of_key(&key.owner, true, budget).await?;
        let Some(row) = row.filter(|row| may_continue(&**row, key.row)) else { return Ok(None) };
        let names = self.settings.permissions.names();
        let permissions = self.permissions(&key, &row);
        let stored = StoredKey::read(&record)?;
        self.was_used(id, key.last_used);
        Ok(Some(ActiveKey {
            id,
            owner: key.owner.to_string(),
            created_at: Timestamp::from_millis(stored.created_at),
            expires_at: stored.expires_at.map(Timestamp::from_millis),
            permissions: permissions.indices().filter_map(|index| names.get(index).copied()).collect(),
        }))
    }
}
