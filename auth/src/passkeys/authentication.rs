//! The checks of an authentication (`WebAuthn` §7.2). The challenge has been checked and used up before.

use sha2::{Digest, Sha256};

use super::authenticator_data::AuthenticatorData;
use super::client_data::{Ceremony, ClientData};
use super::cose_key;
use super::error::CeremonyError;
use super::registration::check_flags;
use super::relying_party::RelyingParty;
use super::response::{AssertionResponse, Credential};
use super::stored_passkey::StoredPasskey;

/// What an assertion that is right says about its passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Assertion {
    pub(super) sign_count: u32,
    pub(super) backed_up: bool,
}

/// Whether somebody was identified before the authenticator was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identified {
    /// The credential is one of theirs.
    Before,
    /// Only the credential says who it is, so the user handle must be there.
    ByCredential,
}

/// Checks the answer of an authenticator that was asked for an assertion, for the passkey that it names.
pub(super) fn verify(
    credential: &Credential<AssertionResponse>,
    client_data: &ClientData,
    identified: Identified,
    passkey: &StoredPasskey,
    party: &RelyingParty,
) -> Result<Assertion, CeremonyError> {
    let response = &credential.response;
    if credential.id() != passkey.credential_id.0 {
        return Err(CeremonyError::Credential);
    }
    match &response.user_handle {
        Some(handle) if *handle == passkey.user_handle => {}
        None if identified == Identified::Before => {}
        _ => return Err(CeremonyError::UserHandle),
    }
    client_data.check(Ceremony::Authentication, party)?;
    let data = AuthenticatorData::read(&response.authenticator_data.0).ok_or(CeremonyError::Malformed)?;
    // Credentials are made by registrations (§6.1).
    if data.credential.is_some() {
        return Err(CeremonyError::Malformed);
    }
    check_flags(&data, party)?;
    if data.flags.backup_eligible() != passkey.backup_eligible {
        return Err(CeremonyError::BackupEligibility);
    }
    let key = cose_key::read(&passkey.public_key.0).map_err(|_| CeremonyError::Key)?;
    let hash = Sha256::digest(&response.client_data.0);
    let message = [&*response.authenticator_data.0, hash.as_slice()].concat();
    if !key.verify(&message, &response.signature.0) {
        return Err(CeremonyError::Signature);
    }
    Ok(Assertion { sign_count: data.sign_count, backed_up: data.flags.backed_up() })
}

/// What the signature counter says of an assertion (§6.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counter {
    /// It went on, or the authenticator does not count.
    Fine,
    /// It did not, and the key may be on several devices, which need not share a counter. It is accepted, and reported.
    RepeatedByCopy,
    /// It did not, and the key is bound to one device: there are two of it.
    Cloned,
}

impl Assertion {
    pub(super) const fn counter(self, passkey: &StoredPasskey) -> Counter {
        let is_counted = self.sign_count != 0 || passkey.sign_count != 0;
        if !is_counted || self.sign_count > passkey.sign_count {
            Counter::Fine
        } else if passkey.backup_eligible {
            Counter::RepeatedByCopy
        } else {
            Counter::Cloned
        }
    }
}
