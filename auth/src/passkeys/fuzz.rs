//! What a fuzzer asks about what browsers and authenticators write.

use super::authenticator_data::AuthenticatorData;
use super::cbor::Item;
use super::client_data::{Ceremony, ClientData};
use super::cose_key;
use super::relying_party::{PasskeySettings, RelyingParty};
use super::response::{AssertionResponse, AttestationResponse, Credential};

/// Reads one item of CBOR, and returns how many bytes it has.
#[must_use]
pub fn cbor(bytes: &[u8]) -> Option<usize> {
    Item::split(bytes).map(|(item, rest)| {
        let _ = (item.integer(), item.text(), item.bytes(), item.entries());
        bytes.len() - rest.len()
    })
}

/// Authenticator data, taken apart.
#[derive(Debug)]
pub struct Data {
    /// The hash of the domain.
    pub rp_id_hash: [u8; 32],
    /// User present, user verified, eligible for backups, backed up.
    pub flags: [bool; 4],
    /// The signature counter.
    pub sign_count: u32,
    /// Model, id and key of a new credential.
    pub credential: Option<([u8; 16], Vec<u8>, Vec<u8>)>,
}

/// Reads authenticator data.
#[must_use]
pub fn authenticator_data(bytes: &[u8]) -> Option<Data> {
    let AuthenticatorData { rp_id_hash, flags, sign_count, credential } = AuthenticatorData::read(bytes)?;
    let flags = [flags.user_present(), flags.user_verified(), flags.backup_eligible(), flags.backed_up()];
    let credential = credential.map(|made| (*made.aaguid, made.id.to_vec(), made.public_key.to_vec()));
    Some(Data { rp_id_hash: *rp_id_hash, flags, sign_count, credential })
}

/// Reads a public key. Returns whether it verifies this signature of an empty message.
#[must_use]
pub fn verifies(key: &[u8], signature: &[u8]) -> Option<bool> {
    cose_key::read(key).ok().map(|key| key.verify(b"", signature))
}

/// Reads client data, and returns its challenge, if pages of `https://app.example` have made it in a registration or (else)
/// in an authentication.
#[must_use]
pub fn client_data(bytes: &[u8], registration: bool) -> Option<Vec<u8>> {
    let settings = PasskeySettings::new("Service").origin("https://app.example");
    let party = RelyingParty::new(&settings, None).ok()?;
    let ceremony = if registration { Ceremony::Registration } else { Ceremony::Authentication };
    let data = ClientData::read(bytes).ok()?;
    data.check(ceremony, &party).ok()?;
    data.challenge().ok()
}

/// Reads what a page sends of a registration or (else) an authentication, and returns the credential id.
#[must_use]
pub fn credential(json: &serde_json::Value, registration: bool) -> Option<Vec<u8>> {
    if registration {
        let credential = Credential::<AttestationResponse>::read(json).ok()?;
        let _ = credential.response.transports();
        return Some(credential.id().to_vec());
    }
    Credential::<AssertionResponse>::read(json).ok().map(|credential| credential.id().to_vec())
}
