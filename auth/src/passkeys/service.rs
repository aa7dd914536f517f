//! What both ceremonies have in common, and authentication, with what it reads and writes.

use std::sync::Arc;

use serde_json::Value;

use super::authentication::{self, Assertion, Counter, Identified};
use super::challenge::{Challenges, Purpose};
use super::client_data::ClientData;
use super::error::{CeremonyError, PasskeyFailure};
use super::options::PasskeyOptions;
use super::relying_party::RelyingParty;
use super::response::{AssertionResponse, Bytes, Credential};
use super::stored_passkey::{StoredPasskey, key_of};
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::Random;
use crate::context::{Context, Kinds};
use crate::factors::{FactorOwner, Factors};
use crate::keys::DataKey;
use crate::model::claims::RowStamp;
use crate::model::event::Reporter;
use crate::model::user::AuthUser;
use crate::store::{DynRecords, Record, StoreError, Update, update};

/// The passkeys of one user type.
pub(crate) struct Passkeys {
    pub(super) records: Arc<dyn DynRecords>,
    pub(super) kinds: Arc<Kinds>,
    pub(super) factors: Arc<Factors>,
    challenges: Challenges,
    pub(super) party: RelyingParty,
    reporter: Reporter,
    random: Arc<dyn Random>,
}

/// A passkey that was used, and whose it is.
#[derive(Debug)]
pub(crate) struct UsedPasskey {
    /// The id of the user, as text.
    pub(crate) owner: String,
    /// The row that it was added to.
    pub(crate) row: Option<RowStamp>,
    /// The key of its record.
    pub(super) key: String,
    pub(super) public_key: Bytes,
    /// Whether its key may be on several devices.
    pub(crate) is_synced: bool,
    /// Whether its signature counter was not higher than before, as it may be if its key is on several devices.
    pub(crate) counter_repeated: bool,
}

impl Passkeys {
    pub(crate) fn new<U: AuthUser>(
        context: &Context<U>,
        factors: &Arc<Factors>,
        party: RelyingParty,
        data_key: &DataKey,
    ) -> Arc<Self> {
        let key = data_key.passkey_challenges(&U::SCHEMA.realm());
        Arc::new(Self {
            records: Arc::clone(&context.records),
            kinds: Arc::clone(&context.kinds),
            factors: Arc::clone(factors),
            challenges: Challenges::new(key, context.kinds.spent_challenge.clone()),
            party,
            reporter: context.reporter.clone(),
            random: Arc::clone(&context.random),
        })
    }

    /// Returns the options of a sign-in of whoever has a passkey. They depend on no account, and nothing is written.
    pub(crate) fn begin_sign_in(&self) -> Result<PasskeyOptions, AuthError> {
        Ok(PasskeyOptions::request(&self.party, &self.challenge(Purpose::SignIn)?, &[]))
    }

    /// Returns the options with which a known user shows one of their passkeys; `None` if they have none.
    pub(crate) async fn begin_of_user(
        &self,
        owner: &FactorOwner,
        purpose: Purpose<'_>,
    ) -> Result<Option<PasskeyOptions>, AuthError> {
        let allowed = self.stored_of(owner).await?;
        if allowed.is_empty() {
            return Ok(None);
        }
        Ok(Some(PasskeyOptions::request(&self.party, &self.challenge(purpose)?, &allowed)))
    }

    /// Verifies an assertion, and writes what it changes. `owner`: who must have the passkey, if that is known.
    pub(crate) async fn authenticate(
        &self,
        purpose: Purpose<'_>,
        owner: Option<&FactorOwner>,
        answer: &Value,
    ) -> Result<UsedPasskey, PasskeyFailure> {
        let credential = Credential::<AssertionResponse>::read(answer)?;
        let client_data = ClientData::read(&credential.response.client_data.0)?;
        self.spend(purpose, &client_data).await?;
        let key = key_of(credential.id());
        let found = self.records.get(&self.kinds.passkey, &key).await?;
        let record = found.ok_or(CeremonyError::Unknown)?;
        if owner.is_some_and(|owner| owner.id != record.owner) {
            return Err(CeremonyError::Credential.into());
        }
        let passkey = StoredPasskey::read(&record)?;
        if owner.is_some_and(|owner| !is_of_row(&passkey, owner)) {
            return Err(CeremonyError::Credential.into());
        }
        let whose = record.owner.clone();
        let refused = |error| PasskeyFailure::Refused(error, Some(whose.clone()));
        let identified = if owner.is_some() { Identified::Before } else { Identified::ByCredential };
        let assertion =
            authentication::verify(&credential, &client_data, identified, &passkey, &self.party).map_err(refused)?;
        let counter = self.write(record, &passkey, assertion).await?;
        if counter == Counter::Cloned {
            return Err(refused(CeremonyError::SignCount));
        }
        Ok(UsedPasskey {
            owner: whose,
            row: passkey.row,
            key,
            is_synced: passkey.backup_eligible,
            counter_repeated: counter == Counter::RepeatedByCopy,
            public_key: passkey.public_key,
        })
    }

    /// Writes that a passkey was used, and returns what its counter says: beside that of the record that is replaced, so
    /// that of two assertions with the same counter one is right. A passkey that is gone by now, or another one, is not
    /// written, nor is a clone.
    async fn write(
        &self,
        record: Record,
        verified: &StoredPasskey,
        assertion: Assertion,
    ) -> Result<Counter, PasskeyFailure> {
        let now = self.now();
        let place = (record.kind.clone(), record.key.clone());
        let decide = |record: Option<Record>| -> Result<Update<Counter>, PasskeyFailure> {
            let record = record.ok_or(CeremonyError::Unknown)?;
            let mut passkey = StoredPasskey::read(&record)?;
            if passkey.public_key != verified.public_key || passkey.user_handle != verified.user_handle {
                return Err(CeremonyError::Credential.into());
            }
            let counter = assertion.counter(&passkey);
            if counter == Counter::Cloned {
                return Ok(Update::Keep(counter));
            }
            passkey.sign_count = passkey.sign_count.max(assertion.sign_count);
            passkey.backed_up = assertion.backed_up;
            passkey.last_used_at = Some(now.as_millis());
            let value = serde_json::to_string(&passkey).map_err(StoreError::corrupt)?;
            Ok(Update::Write(Record { value, changed_at: now, ..record }, counter))
        };
        let (counter, _) = update(&*self.records, (&place.0, &place.1), Some(record), "a passkey", decide).await?;
        Ok(counter)
    }

    /// Whether the account still has a passkey that was used.
    pub(crate) async fn has(&self, used: &UsedPasskey) -> Result<bool, StoreError> {
        let found = self.records.get(&self.kinds.passkey, &used.key).await?;
        let Some(record) = found.filter(|record| record.owner == used.owner) else { return Ok(false) };
        Ok(StoredPasskey::read(&record)?.public_key == used.public_key)
    }

    /// For whom the passkeys are.
    pub(crate) const fn party(&self) -> &RelyingParty {
        &self.party
    }

    pub(super) fn challenge(&self, purpose: Purpose<'_>) -> Result<Vec<u8>, AuthError> {
        let made = self.challenges.make(purpose, self.now(), &*self.random).map_err(AuthError::internal)?;
        Ok(made.to_vec())
    }

    /// Uses up the challenge that was signed, if it is one for this purpose.
    pub(super) async fn spend(&self, purpose: Purpose<'_>, client_data: &ClientData) -> Result<(), PasskeyFailure> {
        let now = self.now();
        let open = self.challenges.open(purpose, &client_data.challenge()?, now).ok_or(CeremonyError::Challenge)?;
        if self.challenges.spend(&*self.records, open, now).await? {
            Ok(())
        } else {
            Err(CeremonyError::Challenge.into())
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.reporter.now()
    }
}

/// Whether a passkey was added to this row, as far as rows say so.
pub(super) fn is_of_row(passkey: &StoredPasskey, owner: &FactorOwner) -> bool {
    passkey.row.is_none() || owner.row.is_none() || passkey.row == owner.row
}

#[cfg(test)]
impl Passkeys {
    pub(super) fn of_test(records: Arc<dyn DynRecords>, reporter: Reporter, party: RelyingParty) -> Self {
        let kinds = Arc::new(Kinds::of("User:users"));
        let random: Arc<dyn Random> = Arc::new(crate::base::random::OsRandom);
        Self {
            factors: Factors::of_test(&records, &kinds, &reporter),
            challenges: Challenges::new(zeroize::Zeroizing::new([7; 32]), kinds.spent_challenge.clone()),
            records,
            kinds,
            party,
            reporter,
            random,
        }
    }
}
