//! The id of the store, which access tokens carry.

use super::Auth;
use crate::claims::StoreId;
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::random::{Random, random};
use crate::revocation::TRIES;
use crate::store::{DynRecords, Record, StoreError};
use crate::token::store::OwnStore;
use crate::user::AuthUser;

/// The one record that belongs to the store and not to a user type; no kind of a user type is without a colon.
const KIND: &str = "auth.store";
const KEY: &str = "id";

/// Returns the store's id, making one if there is none. Of several instances that start at once, one makes it.
pub(super) async fn own(records: &dyn DynRecords, source: &dyn Random, now: Timestamp) -> Result<OwnStore, AuthError> {
    for _ in 0..TRIES {
        if let Some((_, own)) = read(records).await? {
            return Ok(own);
        }
        let own = OwnStore::new(StoreId::from_bytes(random(source)?), now);
        let record = Record {
            kind: KIND.to_owned(),
            key: KEY.to_owned(),
            owner: String::new(),
            value: serde_json::to_string(&own).map_err(AuthError::internal)?,
            version: 1,
            expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
            changed_at: now,
        };
        if records.insert(&record).await? {
            return Ok(own);
        }
    }
    Err(too_many())
}

async fn read(records: &dyn DynRecords) -> Result<Option<(Record, OwnStore)>, StoreError> {
    let Some(record) = records.get(KIND, KEY).await? else { return Ok(None) };
    let own = serde_json::from_str(&record.value).map_err(StoreError::corrupt)?;
    Ok(Some((record, own)))
}

fn too_many() -> AuthError {
    AuthError::unavailable("the id of the store was changed by too many at once")
}

impl<U: AuthUser> Auth<U> {
    /// Gives the store a new id. Call it once on a *copy* of a database (a staging system, a tenant made from a
    /// template), before anybody uses the copy: with the same secret, the original and its copy accept each other's
    /// access tokens, because both have the same id.
    ///
    /// From then on, this handle refuses access tokens issued before, for every user type of the store; sessions
    /// continue, and a refresh brings a good token. Other handles and instances on the store learn the new id when they
    /// start: restart them. The sessions themselves were copied, too; a secret of its own for each environment, and
    /// ending all sessions in the copy, is what keeps environments apart.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed; then it may have a new id, which the next start finds.
    pub async fn renew_store_id(&self) -> Result<(), AuthError> {
        let inner = &*self.inner;
        let _turn = inner.rotating.lock().await;
        for _ in 0..TRIES {
            let Some((record, own)) = read(&*inner.context.records).await? else {
                inner
                    .context
                    .tokens
                    .move_to(self::own(&*inner.context.records, &*inner.context.random, self.now()).await?);
                return Ok(());
            };
            let renamed = own.renamed(StoreId::from_bytes(random(&*inner.context.random)?));
            let value = serde_json::to_string(&renamed).map_err(AuthError::internal)?;
            if inner.context.records.replace(&Record { value, changed_at: self.now(), ..record }).await? {
                inner.context.tokens.move_to(renamed);
                return Ok(());
            }
        }
        Err(too_many())
    }
}
