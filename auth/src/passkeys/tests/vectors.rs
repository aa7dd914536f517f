//! The test vectors of `WebAuthn` Level 3, §16, as published.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::passkeys::authentication::{self, Identified};
use crate::passkeys::authenticator_data::AuthenticatorData;
use crate::passkeys::cbor::Item;
use crate::passkeys::client_data::ClientData;
use crate::passkeys::cose_key;
use crate::passkeys::error::CeremonyError::{self, Algorithm, CrossOrigin, UserVerification};
use crate::passkeys::registration;
use crate::passkeys::relying_party::RelyingParty;
use crate::passkeys::response::{AssertionResponse, AttestationResponse, Bytes, Credential};
use crate::passkeys::stored_passkey::StoredPasskey;

const VECTORS: &str = include_str!("webauthn_l3.json");

/// What becomes of each: of the registration, and of the authentication with its key. User verification is always required,
/// and frames are refused; the algorithms of three are not offered.
const EXPECTED: [(&str, Option<CeremonyError>, Option<CeremonyError>); 15] = [
    ("none-es256", Some(UserVerification), Some(UserVerification)),
    ("packed-self-es256", None, Some(UserVerification)),
    ("none-es256-crossOrigin", Some(CrossOrigin), Some(CrossOrigin)),
    ("none-es256-topOrigin", Some(CrossOrigin), Some(CrossOrigin)),
    ("none-es256-long-credential-id", Some(UserVerification), None),
    ("packed-es256", None, None),
    ("packed-es384", Some(UserVerification), Some(CeremonyError::Key)),
    ("packed-es512", Some(Algorithm), Some(UserVerification)),
    ("packed-rs256", None, Some(UserVerification)),
    ("packed-eddsa", Some(UserVerification), Some(UserVerification)),
    ("packed-ed448", Some(UserVerification), Some(CeremonyError::Key)),
    ("tpm-es256", None, None),
    ("android-key-es256", None, Some(UserVerification)),
    ("apple-es256", Some(UserVerification), Some(UserVerification)),
    ("fido-u2f-es256", Some(UserVerification), Some(UserVerification)),
];

fn bytes(vector: &Value, pointer: &str) -> Vec<u8> {
    let text = vector.pointer(pointer).and_then(Value::as_str).unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn base64url(bytes: &[u8]) -> Value {
    json!(serde_json::to_value(Bytes(bytes.to_vec())).unwrap())
}

fn party() -> RelyingParty {
    RelyingParty::of_test("example.org", &["https://example.org"])
}

/// The credential of a vector, as registered.
fn stored(vector: &Value) -> StoredPasskey {
    let object = bytes(vector, "/registration/attestationObject");
    let entries = Item::read(&object).unwrap().entries().unwrap();
    let data = entries.iter().find(|(key, _)| key.text() == Some("authData")).unwrap().1.bytes().unwrap();
    let data = AuthenticatorData::read(data).unwrap();
    let attested = data.credential.unwrap();
    assert_eq!(attested.id, bytes(vector, "/registration/credential_id"));
    StoredPasskey {
        credential_id: Bytes(attested.id.to_vec()),
        public_key: Bytes(attested.public_key.to_vec()),
        sign_count: data.sign_count,
        backup_eligible: data.flags.backup_eligible(),
        backed_up: data.flags.backed_up(),
        user_handle: Bytes(Vec::new()),
        transports: Vec::new(),
        aaguid: Bytes(attested.aaguid.to_vec()),
        name: String::new(),
        created_at: 0,
        last_used_at: None,
        row: None,
    }
}

fn registered(vector: &Value) -> Option<CeremonyError> {
    let id = base64url(&bytes(vector, "/registration/credential_id"));
    let answer = json!({ "id": id, "rawId": id, "type": "public-key", "response": {
        "clientDataJSON": base64url(&bytes(vector, "/registration/clientDataJSON")),
        "attestationObject": base64url(&bytes(vector, "/registration/attestationObject")) } });
    let credential = Credential::<AttestationResponse>::read(&answer).unwrap();
    let client_data = ClientData::read(&credential.response.client_data.0).unwrap();
    assert_eq!(client_data.challenge().unwrap(), bytes(vector, "/registration/challenge"));
    registration::verify(&credential, &client_data, &party()).err()
}

fn authenticated(vector: &Value) -> Option<CeremonyError> {
    let passkey = stored(vector);
    let id = base64url(&passkey.credential_id.0);
    let answer = json!({ "id": id, "rawId": id, "type": "public-key", "response": {
        "clientDataJSON": base64url(&bytes(vector, "/authentication/clientDataJSON")),
        "authenticatorData": base64url(&bytes(vector, "/authentication/authenticatorData")),
        "signature": base64url(&bytes(vector, "/authentication/signature")) } });
    let credential = Credential::<AssertionResponse>::read(&answer).unwrap();
    let client_data = ClientData::read(&credential.response.client_data.0).unwrap();
    assert_eq!(client_data.challenge().unwrap(), bytes(vector, "/authentication/challenge"));
    authentication::verify(&credential, &client_data, Identified::Before, &passkey, &party()).err()
}

fn vectors() -> Vec<(String, Value)> {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    vectors.into_iter().map(|vector| (vector["name"].as_str().unwrap().to_owned(), vector)).collect()
}

#[test]
fn pk_15_vectors_pass_or_are_refused_for_their_reason() {
    let mut report = String::new();
    for ((name, vector), (expected_name, registration, authentication)) in vectors().iter().zip(EXPECTED) {
        assert_eq!(name, expected_name);
        let found = (registered(vector), authenticated(vector));
        if found != (registration, authentication) {
            let _ = writeln!(report, "{name}: {found:?}");
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// Also of those that the ceremony refuses for other reasons: the signatures are right.
#[test]
fn pk_15_signatures_of_all_offered_algorithms_verify() {
    let mut verified = Vec::new();
    for (name, vector) in vectors() {
        let Ok(key) = cose_key::read(&stored(&vector).public_key.0) else { continue };
        let data = bytes(&vector, "/authentication/authenticatorData");
        let hash = Sha256::digest(bytes(&vector, "/authentication/clientDataJSON"));
        let message = [&*data, &*hash].concat();
        let signature = bytes(&vector, "/authentication/signature");
        assert!(key.verify(&message, &signature), "{name}");
        assert!(!key.verify(&data, &signature), "{name}");
        verified.push(name);
    }
    assert_eq!(verified.len(), 12, "{verified:?}");
    for algorithm in ["none-es256", "packed-rs256", "packed-eddsa"] {
        assert!(verified.iter().any(|name| name == algorithm), "{algorithm}");
    }
}
