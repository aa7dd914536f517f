//! The data key in the store: made once, opened at each start, sealed anew when the secrets change.

use super::Kinds;
use crate::base::clock::Timestamp;
use crate::base::error::{AuthError, ConfigError, Error};
use crate::base::random::Random;
use crate::base::secret::Secret;
use crate::keys::{DataKey, KeySet, WrappedKey};
use crate::store::{DynRecords, Record, StoreError, TRIES};

/// The key of the record; there is one of its kind.
pub(crate) const KEY: &str = "1";

/// Access to the record.
pub(crate) struct DataKeyRecord<'a> {
    pub(crate) records: &'a dyn DynRecords,
    pub(crate) kinds: &'a Kinds,
    pub(crate) random: &'a dyn Random,
    pub(crate) now: Timestamp,
}

impl DataKeyRecord<'_> {
    /// Returns the data key, making one if there is none, and seals it for exactly the secrets of `keys`. Of several
    /// instances that start at once, one makes it and all use it.
    pub(crate) async fn open(&self, secret: &Secret, keys: &KeySet, realm: &str) -> Result<DataKey, Error> {
        for _ in 0..TRIES {
            let Some((record, wrapped)) = self.read().await? else {
                let data = self.fresh(secret, realm).await?;
                if self.insert(&data, keys).await? {
                    return Ok(data);
                }
                continue;
            };
            let Some(data) = wrapped.open(&keys.wrapping, &self.place()) else {
                return Err(self.locked().into());
            };
            if wrapped.is_for(&keys.wrapping) || self.replace(record, &data, keys).await? {
                return Ok(data);
            }
        }
        Err(AuthError::from(too_many()).into())
    }

    /// Seals the data key for exactly the secrets of `keys`.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if the store has another data key by now, or one that neither the secrets in use (`old`)
    /// nor the new ones open.
    pub(crate) async fn seal_again(&self, data: &DataKey, old: &KeySet, keys: &KeySet) -> Result<(), AuthError> {
        for _ in 0..TRIES {
            let done = match self.read().await? {
                // Somebody deleted it. We still have it.
                None => self.insert(data, keys).await?,
                Some((record, wrapped)) => {
                    let opened = wrapped.open(&old.wrapping, &self.place());
                    let opened = opened.or_else(|| wrapped.open(&keys.wrapping, &self.place()));
                    if !opened.is_some_and(|stored| stored.is(data)) {
                        return Err(AuthError::internal(
                            "the data key of the store was sealed by another instance, for secrets that are not listed \
                             here: rotate to the same secrets everywhere, or restart",
                        ));
                    }
                    wrapped.is_for(&keys.wrapping) || self.replace(record, data, keys).await?
                }
            };
            if done {
                return Ok(());
            }
        }
        Err(too_many().into())
    }

    async fn read(&self) -> Result<Option<(Record, WrappedKey)>, StoreError> {
        let Some(record) = self.records.get(&self.kinds.data_key, KEY).await? else { return Ok(None) };
        let wrapped = serde_json::from_str(&record.value).map_err(StoreError::corrupt)?;
        Ok(Some((record, wrapped)))
    }

    /// Makes a data key. In a store that a release without data keys has used, counters keep their names.
    async fn fresh(&self, secret: &Secret, realm: &str) -> Result<DataKey, AuthError> {
        let data = DataKey::random(self.random)?;
        let counters = format!("{realm}.limit");
        for kind in [&self.kinds.epoch, &self.kinds.session, &self.kinds.revoked, &counters] {
            let some = self.records.changed_since(kind, Timestamp::default(), None, 1).await?;
            if !some.is_empty() {
                return Ok(data.with_counters_of(secret, realm));
            }
        }
        Ok(data)
    }

    async fn insert(&self, data: &DataKey, keys: &KeySet) -> Result<bool, AuthError> {
        let record = Record::of_nobody(&self.kinds.data_key, KEY, self.sealed(data, keys)?, self.now);
        Ok(self.records.insert(&record).await?)
    }

    async fn replace(&self, record: Record, data: &DataKey, keys: &KeySet) -> Result<bool, AuthError> {
        let record = Record { value: self.sealed(data, keys)?, changed_at: self.now, ..record };
        Ok(self.records.replace(&record).await?)
    }

    fn sealed(&self, data: &DataKey, keys: &KeySet) -> Result<String, AuthError> {
        let wrapped = WrappedKey::new(data, &keys.wrapping, &self.place(), self.random)?;
        serde_json::to_string(&wrapped).map_err(AuthError::internal)
    }

    /// What a sealed copy is bound to.
    fn place(&self) -> String {
        format!("{}/{KEY}", self.kinds.data_key)
    }

    fn locked(&self) -> ConfigError {
        ConfigError::of(format!(
            "the secret does not open the data key of this store, which holds what must outlive a secret (names of \
             counters, sealed values): list the secret that was in use before with `.former_secret(…)`, for one start at \
             least. If it is lost, delete the record with the kind `{}`: limits then count from zero, and no second factor is \
             right any more, until `auth user reset-factors` removes it",
            self.kinds.data_key
        ))
    }
}

fn too_many() -> StoreError {
    StoreError::unavailable("the data key was changed by too many at once")
}
