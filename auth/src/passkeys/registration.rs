//! The checks of a registration (`WebAuthn` §7.1). The challenge has been checked and used up before.

use super::authenticator_data::AuthenticatorData;
use super::cbor::Item;
use super::client_data::{Ceremony, ClientData};
use super::cose_key::{self, KeyError};
use super::error::CeremonyError;
use super::relying_party::RelyingParty;
use super::response::{AttestationResponse, Credential};

/// A credential that may be registered.
#[derive(Debug)]
pub(super) struct NewCredential {
    pub(super) id: Vec<u8>,
    pub(super) public_key: Vec<u8>,
    pub(super) sign_count: u32,
    pub(super) backup_eligible: bool,
    pub(super) backed_up: bool,
    pub(super) aaguid: Vec<u8>,
    pub(super) transports: Vec<String>,
}

/// Checks the answer of an authenticator that was asked for a credential.
///
/// The attestation statement is skipped, whatever its format: the policy is "no attestation" (§7.1, the step about trust
/// anchors), and a parser of certificates for something that decides nothing would only be attacked.
pub(super) fn verify(
    credential: &Credential<AttestationResponse>,
    client_data: &ClientData,
    party: &RelyingParty,
) -> Result<NewCredential, CeremonyError> {
    client_data.check(Ceremony::Registration, party)?;
    let bytes = authenticator_data(&credential.response.attestation_object.0).ok_or(CeremonyError::Malformed)?;
    let data = AuthenticatorData::read(bytes).ok_or(CeremonyError::Malformed)?;
    check_flags(&data, party)?;
    let attested = data.credential.ok_or(CeremonyError::Malformed)?;
    if attested.id != credential.id() {
        return Err(CeremonyError::Credential);
    }
    cose_key::read(attested.public_key).map_err(|error| match error {
        KeyError::Algorithm => CeremonyError::Algorithm,
        KeyError::Malformed => CeremonyError::Key,
    })?;
    Ok(NewCredential {
        id: attested.id.to_vec(),
        public_key: attested.public_key.to_vec(),
        sign_count: data.sign_count,
        backup_eligible: data.flags.backup_eligible(),
        backed_up: data.flags.backed_up(),
        aaguid: attested.aaguid.to_vec(),
        transports: credential.response.transports(),
    })
}

/// Takes the authenticator data out of an attestation object (§6.5).
fn authenticator_data(object: &[u8]) -> Option<&[u8]> {
    let entries = Item::read(object)?.entries()?;
    let get = |name: &str| entries.iter().find(|(key, _)| key.text() == Some(name)).map(|(_, value)| *value);
    get("fmt")?.text()?;
    get("attStmt")?.entries()?;
    get("authData")?.bytes()
}

/// Checks for whom the authenticator has answered, and what it says of its user: what both ceremonies have in common.
pub(super) fn check_flags(data: &AuthenticatorData<'_>, party: &RelyingParty) -> Result<(), CeremonyError> {
    if *data.rp_id_hash != party.id_hash {
        return Err(CeremonyError::RelyingParty);
    }
    if !data.flags.user_present() {
        return Err(CeremonyError::UserPresence);
    }
    if !data.flags.user_verified() {
        return Err(CeremonyError::UserVerification);
    }
    if data.flags.backed_up() && !data.flags.backup_eligible() {
        return Err(CeremonyError::BackupState);
    }
    Ok(())
}
