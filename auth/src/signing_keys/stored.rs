//! The managed keys in the store.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::generation::Generation;
use super::schedule::Schedule;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::Random;
use crate::context::Kinds;
use crate::keys::{IssuedAs, KeyPair, ManagedKeys, NamedPair, SealingKey, Signs};
use crate::store::{DynRecords, StoreError, TRIES};

/// More keys than a store ever has: each lives for an hour at least, and goes when the next one has signed for a while.
const MOST: u64 = 128;

/// Reads and writes them.
pub(crate) struct ManagedKeyStore {
    records: Arc<dyn DynRecords>,
    kinds: Arc<Kinds>,
    sealing: SealingKey,
    random: Arc<dyn Random>,
    schedule: Schedule,
    /// The names in their tokens.
    issued_as: IssuedAs,
    /// Those that were opened before.
    known: Mutex<Vec<Generation>>,
}

/// What they are made of.
pub(crate) struct ManagedKeyParts<'a> {
    pub(crate) records: &'a Arc<dyn DynRecords>,
    pub(crate) kinds: &'a Arc<Kinds>,
    pub(crate) sealing: SealingKey,
    pub(crate) random: &'a Arc<dyn Random>,
    pub(crate) access_ttl: Duration,
    pub(crate) leeway: Duration,
    pub(crate) issued_as: IssuedAs,
}

impl ManagedKeyStore {
    pub(crate) fn new(parts: ManagedKeyParts<'_>, keys: &ManagedKeys) -> Self {
        Self {
            records: Arc::clone(parts.records),
            kinds: Arc::clone(parts.kinds),
            sealing: parts.sealing,
            random: Arc::clone(parts.random),
            schedule: Schedule::new(keys, parts.access_ttl, parts.leeway),
            issued_as: parts.issued_as,
            known: Mutex::default(),
        }
    }

    /// Returns the keys at a start, and from when on the first of them signs.
    pub(crate) async fn open(&self, now: Timestamp) -> Result<(Vec<NamedPair>, Option<Timestamp>), AuthError> {
        let generations = self.load(now).await?;
        let first = generations.iter().map(|generation| generation.signs_from).min();
        Ok((self.pairs(&generations).collect(), first))
    }

    /// Returns the keys in the order in which they sign. Makes the next one if it is due, and deletes those that are gone.
    pub(super) async fn load(&self, now: Timestamp) -> Result<Vec<Generation>, AuthError> {
        for _ in 0..TRIES {
            let generations = self.read().await?;
            let due = self.newest(&generations, now).is_none_or(|newest| self.schedule.is_due(newest.signs_from, now));
            if !due {
                return self.without_gone(generations, now).await;
            }
            // Where nobody has a token of before, the first key need not wait.
            let at_once = generations.is_empty() && !self.kinds.have_been_used(&*self.records).await?;
            let signs_from = if at_once { now } else { self.schedule.signs_from(now) };
            self.insert(&generations, signs_from, now).await?;
        }
        Err(too_many().into())
    }

    /// Returns the key that signs last of those that sign in time.
    fn newest<'a>(&self, generations: &'a [Generation], now: Timestamp) -> Option<&'a Generation> {
        generations.iter().rfind(|generation| self.schedule.is_in_time(generation.signs_from, now))
    }

    /// Makes the next key, unless one is waiting, and returns its id.
    pub(super) async fn make_next(&self, now: Timestamp) -> Result<String, AuthError> {
        for _ in 0..TRIES {
            let generations = self.read().await?;
            if let Some(waiting) = self.newest(&generations, now).filter(|newest| newest.signs_from > now) {
                return Ok(waiting.pair.kid().to_owned());
            }
            self.insert(&generations, self.schedule.signs_from(now), now).await?;
        }
        Err(too_many().into())
    }

    /// Deletes the key with this id; says whether there was one. A fresh one signs at once if it was the one that does.
    pub(super) async fn retire(&self, id: &str, now: Timestamp) -> Result<bool, AuthError> {
        for _ in 0..TRIES {
            let generations = self.read().await?;
            let Some(retired) = generations.iter().find(|generation| generation.pair.kid() == id) else {
                return Ok(false);
            };
            let signing = generations.iter().rfind(|generation| generation.signs_from <= now);
            let is_last = signing.is_none_or(|signing| signing.number == retired.number);
            if is_last && retired.signs_from <= now && !self.insert(&generations, now, now).await? {
                continue;
            }
            self.records.delete(&self.kinds.signing_key, &retired.number.to_string()).await?;
            tracing::warn!(target: "auth::keys", key = id, "a signing key was retired: its tokens are refused");
            return Ok(true);
        }
        Err(too_many().into())
    }

    /// Returns the keys as they are published: first the one that signs last.
    pub(super) fn pairs(&self, generations: &[Generation]) -> impl Iterator<Item = NamedPair> {
        generations.iter().rev().map(|generation| NamedPair {
            pair: Arc::clone(&generation.pair),
            issued_as: self.issued_as.clone(),
            signs: Signs::From(generation.signs_from),
        })
    }

    async fn read(&self) -> Result<Vec<Generation>, StoreError> {
        let records = self.records.changed_since(&self.kinds.signing_key, Timestamp::default(), None, MOST).await?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut generations = Vec::with_capacity(records.len());
        for record in &records {
            generations.extend(Generation::read(record, &self.sealing, &known)?);
        }
        generations.sort_by_key(|generation| (generation.signs_from, generation.number));
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&generations);
        Ok(generations)
    }

    /// Inserts a fresh key behind the others; says whether nobody else has meanwhile.
    async fn insert(&self, others: &[Generation], signs_from: Timestamp, now: Timestamp) -> Result<bool, AuthError> {
        let newest = others.iter().map(|generation| generation.number).max();
        let number = newest.map_or(1, |number| number.saturating_add(1));
        let pair = KeyPair::generate_es256(&*self.random).map_err(AuthError::internal)?;
        let place = (self.kinds.signing_key.as_str(), number);
        let record = Generation::fresh(place, &pair, signs_from, &self.sealing, &*self.random, now)?;
        let inserted = self.records.insert(&record).await?;
        if inserted {
            let signs_in = humantime::format_duration(Duration::from_secs(signs_from.since(now).as_secs())).to_string();
            tracing::info!(target: "auth::keys", key = pair.kid(), signs_in, "a signing key was made");
        }
        Ok(inserted)
    }

    /// Leaves out the keys whose tokens have expired, and deletes them. Another instance may do the same.
    async fn without_gone(
        &self,
        mut generations: Vec<Generation>,
        now: Timestamp,
    ) -> Result<Vec<Generation>, AuthError> {
        let followed = generations.iter().zip(generations.iter().skip(1));
        let gone: HashSet<u32> = followed
            .filter(|(_, next)| self.schedule.is_gone(next.signs_from, now))
            .map(|(generation, _)| generation.number)
            .collect();
        for number in &gone {
            self.records.delete(&self.kinds.signing_key, &number.to_string()).await?;
        }
        generations.retain(|generation| !gone.contains(&generation.number));
        Ok(generations)
    }
}

fn too_many() -> StoreError {
    StoreError::unavailable("the signing keys were changed by too many at once")
}
