//! The keys of an account: made, listed, rotated, removed.

use std::sync::{Arc, Weak};
use std::time::Duration;

use zeroize::Zeroizing;

use super::attempts::Attempts;
use super::found_keys::FoundKeys;
use super::key_info::{ApiKey, ApiKeyInfo, NewApiKey};
use super::stored_key::StoredKey;
use super::text::KeyPrefix;
use super::wanted::{self, WantedKey};
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::Random;
use crate::context::{Context, Kinds};
use crate::model::api_key_id::ApiKeyId;
use crate::model::claims::{RowStamp, SessionId};
use crate::model::event::Reporter;
use crate::model::principal::{KnownPermissions, PermissionSet};
use crate::model::user::AuthUser;
use crate::policy::key_permissions::without_mfa;
use crate::rate_limits::RateLimits;
use crate::revocation::RevocationFeed;
use crate::store::{DynRecords, Record, StoreError, TRIES};

/// What an application sets: the prefix, and the permissions of its user type.
pub(crate) struct KeySettings<U: AuthUser> {
    pub(crate) prefix: KeyPrefix,
    pub(crate) permissions: Arc<dyn KnownPermissions<U>>,
}

impl<U: AuthUser> Clone for KeySettings<U> {
    fn clone(&self) -> Self {
        Self { prefix: self.prefix.clone(), permissions: Arc::clone(&self.permissions) }
    }
}

/// The API keys of one user type.
pub(crate) struct ApiKeys<U: AuthUser> {
    /// This, for work that goes on after the request.
    pub(super) this: Weak<Self>,
    pub(super) records: Arc<dyn DynRecords>,
    pub(super) kinds: Arc<Kinds>,
    pub(super) feed: Arc<RevocationFeed<U>>,
    pub(super) limits: Arc<RateLimits<U>>,
    pub(super) reporter: Reporter,
    random: Arc<dyn Random>,
    pub(super) settings: KeySettings<U>,
    pub(super) found: FoundKeys<U>,
    pub(super) attempts: Attempts,
}

/// For whom a key is made, and by whom.
pub(crate) struct KeyOwner {
    /// The id of the user, as text.
    pub(crate) id: String,
    pub(crate) row: Option<RowStamp>,
    /// The generation of the user, read before anything was decided.
    pub(crate) generation: u64,
    /// The session that makes it.
    pub(crate) session: Option<SessionId>,
    /// Who makes it, if not the user.
    pub(crate) actor: Option<String>,
}

/// What has become of a rotation.
pub(crate) enum Rotated {
    /// There is a new key, and the former one lives on for the overlap.
    Yes(Box<ApiKey>),
    /// The account has no such key, or it has ended.
    NoKey,
    /// Another key has taken its place already.
    Before,
}

impl<U: AuthUser> ApiKeys<U> {
    pub(crate) fn new(
        context: &Context<U>,
        feed: &Arc<RevocationFeed<U>>,
        limits: &Arc<RateLimits<U>>,
        settings: KeySettings<U>,
    ) -> Arc<Self> {
        let Context { records, kinds, reporter, random, tokens, .. } = context.clone();
        let found = FoundKeys::new(tokens.rules().ttl);
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            records,
            kinds,
            feed: Arc::clone(feed),
            limits: Arc::clone(limits),
            reporter,
            random,
            settings,
            found,
            attempts: Attempts::new(),
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.reporter.now()
    }

    /// Returns what the keys of this user type begin with.
    pub(crate) const fn prefix(&self) -> &KeyPrefix {
        &self.settings.prefix
    }

    /// Returns everything that a key of the owner of this row may do now, by name and as a set.
    #[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "for the test kit"))]
    pub(crate) fn most_of(&self, row: &U) -> (Vec<&'static str>, PermissionSet) {
        let known = &*self.settings.permissions;
        let most = without_mfa(known, known.of_row(row), row);
        let names = most.indices().filter_map(|index| known.names().get(index).copied()).collect();
        (names, most)
    }

    /// Makes a key for the owner of the row. `None` if there are as many as there may be.
    pub(crate) async fn create(&self, owner: &KeyOwner, new: &NewApiKey, row: &U) -> Result<Option<ApiKey>, AuthError> {
        let WantedKey { name, permissions, life } = wanted::check(&*self.settings.permissions, new, row)?;
        let (id, text) = self.new_text()?;
        let Some(slot) = self.hold_slot(owner, &id).await? else { return Ok(None) };
        let now = self.now();
        let key = StoredKey {
            name,
            permissions,
            created_at: now.as_millis(),
            expires_at: life.map(|life| (now + life).as_millis()),
            last_used: None,
            session: owner.session,
            actor: owner.actor.clone(),
            replaced_by: None,
            replaces: None,
            slot: slot.number,
            generation: owner.generation,
            row: owner.row,
        };
        self.store(&key, id, &owner.id).await?;
        self.key_is_made(slot).await;
        Ok(Some(ApiKey { text, info: ApiKeyInfo::of(id, &key) }))
    }

    fn new_text(&self) -> Result<(ApiKeyId, Zeroizing<String>), AuthError> {
        let text = self.settings.prefix.new_key(&*self.random)?;
        let id = self.settings.prefix.id(&text).ok_or_else(|| AuthError::internal("a key that is none was made"))?;
        Ok((id, text))
    }

    async fn store(&self, key: &StoredKey, id: ApiKeyId, owner: &str) -> Result<(), AuthError> {
        let record = key.record((&self.kinds.api_key, &id), owner, self.now())?;
        if self.records.insert(&record).await? {
            Ok(())
        } else {
            // 256 random bits that were there before: the source of randomness repeats itself.
            Err(AuthError::internal("two API keys are the same: the source of randomness is broken"))
        }
    }

    /// Returns the keys of an account, the newest first. Those that have ended are left out.
    pub(crate) async fn of(&self, owner: &str, row: Option<RowStamp>) -> Result<Vec<ApiKeyInfo>, StoreError> {
        let records = self.records.list(&self.kinds.api_key, owner).await?;
        Ok(list(&records, row, |id, key| self.is_alive(id, key)))
    }

    pub(super) fn is_alive(&self, id: &ApiKeyId, key: &StoredKey) -> bool {
        !key.has_expired(self.now()) && !self.feed.key_has_ended(id.sid(), key.generation)
    }

    /// Makes a key in place of another one, with the same name, permissions and length of life. `may_go_on` looks at the
    /// account once more, after the new key was stored and before the former one is cut short. It lives on even if no
    /// overlap is wanted, until the caller, who has the new one, [removes](Self::remove) it.
    pub(crate) async fn rotate(
        &self,
        owner: &KeyOwner,
        id: ApiKeyId,
        overlap: Option<Duration>,
        may_go_on: impl Future<Output = Result<(), AuthError>> + Send,
    ) -> Result<Rotated, AuthError> {
        let overlap = wanted::overlap(overlap)?;
        let Some((_, former)) = self.read(owner, &id).await? else { return Ok(Rotated::NoKey) };
        if former.replaced_by.is_some() {
            return Ok(Rotated::Before);
        }
        let now = self.now();
        let life = former.expires_at.map(|at| at.saturating_sub(former.created_at));
        let key = StoredKey {
            created_at: now.as_millis(),
            expires_at: life.map(|life| now.as_millis().saturating_add(life)),
            last_used: None,
            session: owner.session,
            actor: owner.actor.clone(),
            replaces: Some(id.to_string()),
            generation: owner.generation,
            row: owner.row,
            ..former
        };
        let (new, text) = self.new_text()?;
        // Before the former one is cut short: nobody must be left without a key. Nobody has seen its text yet.
        self.store(&key, new, &owner.id).await?;
        if let Err(error) = may_go_on.await {
            self.records.delete(&self.kinds.api_key, &new.to_string()).await?;
            return Err(error);
        }
        let until = (now + overlap).as_millis();
        // If nobody knows whether this was stored, the new key is one whose text nobody has: it stays in the list.
        let replaced = self.replace(owner, &id, &new, until).await?;
        if matches!(replaced, Replaced::Yes) {
            return Ok(Rotated::Yes(Box::new(ApiKey { text, info: ApiKeyInfo::of(new, &key) })));
        }
        self.records.delete(&self.kinds.api_key, &new.to_string()).await?;
        Ok(if matches!(replaced, Replaced::Before) { Rotated::Before } else { Rotated::NoKey })
    }

    /// Writes in a key that another one takes its place. Of several at once, one does.
    async fn replace(&self, owner: &KeyOwner, id: &ApiKeyId, by: &ApiKeyId, until: u64) -> Result<Replaced, AuthError> {
        for _ in 0..TRIES {
            let Some((record, mut key)) = self.read(owner, id).await? else { return Ok(Replaced::NoKey) };
            if key.replaced_by.is_some() {
                return Ok(Replaced::Before);
            }
            key.replaced_by = Some(by.to_string());
            key.expires_at = Some(key.expires_at.map_or(until, |at| at.min(until)));
            if self.records.replace(&key.into_record(record, self.now())?).await? {
                return Ok(Replaced::Yes);
            }
        }
        Err(AuthError::unavailable("an API key was changed by too many at once"))
    }

    /// Reads a key of an account that is alive.
    async fn read(&self, owner: &KeyOwner, id: &ApiKeyId) -> Result<Option<(Record, StoredKey)>, AuthError> {
        let record = self.records.get(&self.kinds.api_key, &id.to_string()).await?;
        let Some(record) = record.filter(|record| record.owner == owner.id) else { return Ok(None) };
        let key = StoredKey::read(&record)?;
        let is_theirs = key.is_of_row(owner.row) && self.is_alive(id, &key);
        Ok(is_theirs.then_some((record, key)))
    }

    /// Returns the key whose place this one has taken, if it is still there.
    pub(crate) async fn replaced_before(&self, owner: &KeyOwner, id: &ApiKeyId) -> Result<Option<ApiKeyId>, AuthError> {
        let key = self.read(owner, id).await?;
        Ok(key.and_then(|(_, key)| key.replaces?.parse().ok()))
    }
}

enum Replaced {
    Yes,
    NoKey,
    Before,
}

/// Returns those keys that are of this row and alive, the newest first.
pub(super) fn list(
    records: &[Record],
    row: Option<RowStamp>,
    is_alive: impl Fn(&ApiKeyId, &StoredKey) -> bool,
) -> Vec<ApiKeyInfo> {
    let mut keys: Vec<ApiKeyInfo> = records
        .iter()
        .filter_map(|record| Some((record.key.parse().ok()?, record.value_if_readable::<StoredKey>("an API key")?)))
        .filter(|(id, key)| key.is_of_row(row) && is_alive(id, key))
        .map(|(id, key)| ApiKeyInfo::of(id, &key))
        .collect();
    keys.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
    keys
}
