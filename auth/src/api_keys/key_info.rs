//! API keys, as their owners and the application see them.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::stored_key::StoredKey;
use crate::base::clock::Timestamp;
use crate::model::api_key_id::ApiKeyId;
use crate::model::claims::SessionId;

/// How long a key lives unless somebody says otherwise.
const DEFAULT_LIFE: Duration = Duration::from_hours(24 * 90);

/// An API key to be made: what it is called, what it may do, and how long it lives (90 days by default).
///
/// ```
/// # #[cfg(feature = "macros")] {
/// # use auth::AuthPermission;
/// use auth::{NameEnum, NewApiKey};
/// use std::time::Duration;
///
/// # #[derive(Clone, Debug, PartialEq, AuthPermission)]
/// # enum Permission { ReportsRead, ReportsWrite }
/// let nightly = NewApiKey::new("nightly export", [Permission::ReportsRead.name()]).lives_for(Duration::from_hours(24 * 30));
/// # drop(nightly);
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is made before it is handed to `create_api_key`"]
pub struct NewApiKey {
    pub(super) name: String,
    pub(super) permissions: Vec<String>,
    pub(super) life: Option<Duration>,
}

impl NewApiKey {
    /// Describes a key with these permissions, by their names in the table and in tokens. It has 1 to 64 characters of a
    /// name, and one permission at least.
    pub fn new(name: impl Into<String>, permissions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let permissions = permissions.into_iter().map(Into::into).collect();
        Self { name: name.into(), permissions, life: Some(DEFAULT_LIFE) }
    }

    /// Sets how long it lives: a minute at least, 366 days at most.
    pub const fn lives_for(mut self, life: Duration) -> Self {
        self.life = Some(life);
        self
    }

    /// Lets it live until somebody ends it. A key that nobody remembers then stays good for whoever finds it.
    pub const fn never_expires(mut self) -> Self {
        self.life = None;
        self
    }
}

/// A new API key, with its text: it is shown this once. Neither `Debug` nor anything that is stored has it.
#[derive(Clone)]
#[non_exhaustive]
pub struct ApiKey {
    /// What a program presents: `Authorization: Bearer shop_pat_…`.
    pub(super) text: Zeroizing<String>,
    /// What is known of it afterwards.
    pub info: ApiKeyInfo,
}

impl ApiKey {
    /// Returns the text of the key. Whoever has it can do what it may do.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("info", &self.info).finish_non_exhaustive()
    }
}

/// An API key of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiKeyInfo {
    /// Its name in `/keys/{id}`.
    pub id: ApiKeyId,
    /// What its owner calls it.
    pub name: String,
    /// The names of what it may do, as far as its owner may.
    pub permissions: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// The day (UTC) on which it was used last, as its first moment.
    pub last_used_on: Option<Timestamp>,
    /// The session in which it was made, unless the application made it.
    pub created_in: Option<SessionId>,
    /// Who made it, if not its owner ([`ClientInfo::with_actor`](crate::ClientInfo::with_actor)).
    pub created_by: Option<String>,
    /// The key that has taken its place by rotation: this one ends with the overlap.
    pub replaced_by: Option<ApiKeyId>,
}

impl ApiKeyInfo {
    pub(super) fn of(id: ApiKeyId, key: &StoredKey) -> Self {
        Self {
            id,
            name: key.name.clone(),
            permissions: key.permissions.clone(),
            created_at: Timestamp::from_millis(key.created_at),
            expires_at: key.expires_at.map(Timestamp::from_millis),
            last_used_on: key.last_used.map(|day| Timestamp::from_secs(day.saturating_mul(24 * 60 * 60))),
            created_in: key.session,
            created_by: key.actor.clone(),
            replaced_by: key.replaced_by.as_deref().and_then(|id| id.parse().ok()),
        }
    }
}
