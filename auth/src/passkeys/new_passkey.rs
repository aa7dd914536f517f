//! Registration, with what it reads and writes.

use serde_json::Value;

use super::challenge::Purpose;
use super::client_data::ClientData;
use super::error::{CeremonyError, PasskeyFailure};
use super::options::PasskeyOptions;
use super::passkey_info::PasskeyInfo;
use super::registration::{self, NewCredential};
use super::response::{AttestationResponse, Bytes, Credential};
use super::service::Passkeys;
use super::stored_passkey::{StoredPasskey, key_of};
use crate::factors::FactorOwner;

/// How many passkeys an account may have.
pub(super) const MAX_PASSKEYS: usize = 20;

/// A passkey that was made for an account, and is not stored yet.
#[derive(Debug)]
pub(crate) struct NewPasskey(NewCredential);

impl NewPasskey {
    /// Whether its key may be on several devices.
    pub(crate) const fn is_synced(&self) -> bool {
        self.0.backup_eligible
    }
}

impl Passkeys {
    /// Returns the options with which a passkey is added. `name` is what authenticators show.
    pub(crate) async fn begin_registration(
        &self,
        owner: &FactorOwner,
        purpose: Purpose<'_>,
        name: &str,
    ) -> Result<PasskeyOptions, PasskeyFailure> {
        let existing = self.stored_of(owner).await?;
        if existing.len() >= MAX_PASSKEYS {
            return Err(CeremonyError::TooMany.into());
        }
        let handle = self.factors.user_handle(owner).await?;
        let challenge = self.challenge(purpose)?;
        Ok(PasskeyOptions::creation(&self.party, &challenge, &handle, name, &existing))
    }

    /// Verifies an answer, whose challenge is used up, and adds nothing.
    pub(crate) async fn verify_registration(
        &self,
        purpose: Purpose<'_>,
        answer: &Value,
    ) -> Result<NewPasskey, PasskeyFailure> {
        let credential = Credential::<AttestationResponse>::read(answer)?;
        let client_data = ClientData::read(&credential.response.client_data.0)?;
        self.spend(purpose, &client_data).await?;
        let new = registration::verify(&credential, &client_data, &self.party)?;
        // Inserting it decides; this says so before anything else is used up.
        if self.records.get(&self.kinds.passkey, &key_of(&new.id)).await?.is_some() {
            return Err(CeremonyError::Registered.into());
        }
        Ok(NewPasskey(new))
    }

    /// Stores a passkey that was verified. If this is an error, there is none, unless an answer of the store was lost.
    pub(crate) async fn add(
        &self,
        owner: &FactorOwner,
        NewPasskey(new): NewPasskey,
        name: &str,
    ) -> Result<PasskeyInfo, PasskeyFailure> {
        if self.stored_of(owner).await?.len() >= MAX_PASSKEYS {
            return Err(CeremonyError::TooMany.into());
        }
        let handle = self.factors.user_handle(owner).await?;
        let now = self.now();
        let passkey = StoredPasskey {
            credential_id: Bytes(new.id),
            public_key: Bytes(new.public_key),
            sign_count: new.sign_count,
            backup_eligible: new.backup_eligible,
            backed_up: new.backed_up,
            user_handle: Bytes(handle.0.to_vec()),
            transports: new.transports,
            aaguid: Bytes(new.aaguid),
            name: name.to_owned(),
            created_at: now.as_millis(),
            last_used_at: None,
            row: owner.row,
        };
        let record = passkey.record(&self.kinds.passkey, &owner.id, now)?;
        if !self.records.insert(&record).await? {
            return Err(CeremonyError::Registered.into());
        }
        Ok(PasskeyInfo::of(&record.key, &passkey))
    }

    /// Whether the account has more than it may have: of many that are added at once, whoever is over the limit goes.
    pub(crate) async fn are_too_many(&self, owner: &FactorOwner) -> Result<(), PasskeyFailure> {
        let many = self.stored_of(owner).await?.len();
        if many > MAX_PASSKEYS { Err(CeremonyError::TooMany.into()) } else { Ok(()) }
    }
}
