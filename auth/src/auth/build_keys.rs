//! Opens the keys of a service at its start: those of the secrets, the data key in the store, and the key pairs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::signing_key_settings::SigningKeySettings;
use crate::base::clock::Timestamp;
use crate::base::error::{AuthError, Error};
use crate::base::random::Random;
use crate::base::secret::Secret;
use crate::context::data_key::DataKeyRecord;
use crate::context::{Context, Kinds, secret_retirement, store_id};
use crate::keys::{DataKey, KeyPlan, KeySet, NamedPair};
use crate::model::config::Settings;
use crate::model::user::AuthUser;
use crate::signing_keys::{ManagedKeyParts, ManagedKeyStore, SigningKeys};
use crate::store::DynRecords;
use crate::token::store_claim::OwnStore;

/// What keys are made of.
pub(super) struct KeySources<'a> {
    pub(super) secret: &'a Secret,
    pub(super) former_secrets: &'a [Secret],
    pub(super) pairs: &'a SigningKeySettings,
    pub(super) settings: &'a Settings,
    pub(super) records: &'a Arc<dyn DynRecords>,
    pub(super) kinds: &'a Arc<Kinds>,
    pub(super) random: &'a Arc<dyn Random>,
    pub(super) now: Timestamp,
}

/// All keys, and the id of the store that tokens name.
pub(super) struct OpenedKeys {
    pub(super) keys: KeySet,
    pub(super) own: OwnStore,
    pub(super) data_key: DataKey,
    pub(super) managed: Option<OpenedPairs>,
}

/// The managed key pairs, and those that the application lists beside them.
pub(super) struct OpenedPairs {
    stored: ManagedKeyStore,
    listed: Vec<NamedPair>,
}

impl KeySources<'_> {
    /// Opens them, for this plan of the key pairs that the application lists.
    pub(super) async fn open<U: AuthUser>(self, plan: KeyPlan) -> Result<OpenedKeys, Error> {
        let Self { secret, records, kinds, random, now, .. } = self;
        let (realm, listed) = (U::SCHEMA.realm(), plan.pairs.clone());
        let keys = KeySet::new(secret, self.former_secrets, &realm, Arc::new(plan)).map_err(AuthError::internal)?;
        let own = store_id::own(&**records, &**random, now).await?;
        let record = DataKeyRecord { records: &**records, kinds, random: &**random, now };
        let data_key = record.open(secret, &keys, &realm).await?;
        let stored = self.pairs.managed.as_ref().map(|managed| {
            let parts = ManagedKeyParts {
                records,
                kinds,
                sealing: data_key.signing_keys(&realm),
                random,
                access_ttl: self.settings.access_ttl,
                leeway: self.settings.leeway,
                issued_as: self.pairs.managed_names(self.settings, U::SCHEMA.name),
            };
            ManagedKeyStore::new(parts, managed)
        });
        let keys = with_managed(keys, stored.as_ref(), &**records, kinds, now).await?;
        Ok(OpenedKeys { keys, own, data_key, managed: stored.map(|stored| OpenedPairs { stored, listed }) })
    }
}

impl OpenedPairs {
    /// Returns what keeps them up to date: by itself, if revocations are noticed by themselves, too.
    pub(super) fn start<U: AuthUser>(
        self,
        context: &Context<U>,
        turn: &Arc<Mutex<()>>,
        pace: Duration,
    ) -> Arc<SigningKeys<U::Claims>> {
        let reporter = context.reporter.clone();
        let keys = SigningKeys::new(self.stored, self.listed, &context.tokens, reporter, Arc::clone(turn));
        if !pace.is_zero() {
            keys.start();
        }
        keys
    }
}

/// Adds the managed keys to the others, and notes when tokens of the secret end, if a key pair signs now or will.
async fn with_managed(
    keys: KeySet,
    managed: Option<&ManagedKeyStore>,
    records: &dyn DynRecords,
    kinds: &Kinds,
    now: Timestamp,
) -> Result<KeySet, AuthError> {
    let listed = KeyPlan::clone(keys.plan());
    let (mut pairs, first) = match managed {
        Some(managed) => managed.open(now).await?,
        None => (Vec::new(), None),
    };
    let takes_over = listed.signing(now).map(|_| now).or(first);
    let secret_retires_at = match takes_over {
        Some(time) => Some(secret_retirement::time(records, &kinds.signing_key, time).await?),
        // The secret signs, and so do keys that only verify so far.
        None => return Ok(keys),
    };
    pairs.extend(listed.pairs.iter().cloned());
    let plan = KeyPlan { secret_retires_at, pairs, ..listed };
    keys.with_plan(Arc::new(plan)).map_err(AuthError::internal)
}
