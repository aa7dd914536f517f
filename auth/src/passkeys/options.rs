//! What a page hands to the browser: the options of `navigator.credentials.create` and `get`, in the JSON form that
//! `PublicKeyCredential.parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` read (`WebAuthn` §5.1.8, §5.1.9).
//!
//! User verification is always required, so that a passkey is several factors, and so is a discoverable credential, without
//! which nobody could sign in before they say who they are. No attestation is asked for: it would say which device people
//! have, and nothing here would be decided by it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::cose_key::ALGORITHMS;
use super::relying_party::RelyingParty;
use super::stored_passkey::StoredPasskey;
use crate::factors::UserHandle;

/// How long the browser lets people take, in milliseconds. It is a hint.
const TIMEOUT: u64 = 300_000;

/// The options of a ceremony, as JSON for the page: what `PublicKeyCredential.parseCreationOptionsFromJSON` reads when a
/// passkey is added, and `parseRequestOptionsFromJSON` when one is used.
#[derive(Clone, PartialEq)]
pub struct PasskeyOptions(Value);

impl Serialize for PasskeyOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// As JSON.
impl fmt::Display for PasskeyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Without the challenge and the names.
impl fmt::Debug for PasskeyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasskeyOptions").finish_non_exhaustive()
    }
}

impl PasskeyOptions {
    /// The options of a registration (`WebAuthn` §5.4). `name` is what an authenticator shows.
    pub(super) fn creation(
        party: &RelyingParty,
        challenge: &[u8],
        handle: &UserHandle,
        name: &str,
        existing: &[StoredPasskey],
    ) -> Self {
        let algorithms: Vec<_> = ALGORITHMS.iter().map(|alg| json!({ "type": "public-key", "alg": alg })).collect();
        Self(json!({
            "rp": { "id": party.id, "name": party.name },
            "user": { "id": base64url(&handle.0), "name": name, "displayName": name },
            "challenge": base64url(challenge),
            "pubKeyCredParams": algorithms,
            "timeout": TIMEOUT,
            "excludeCredentials": descriptors(existing),
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "attestation": "none",
        }))
    }

    /// The options of an authentication (`WebAuthn` §5.5), with these passkeys, or with any if there are none: then they do
    /// not depend on any account.
    pub(super) fn request(party: &RelyingParty, challenge: &[u8], allowed: &[StoredPasskey]) -> Self {
        Self(json!({
            "challenge": base64url(challenge),
            "timeout": TIMEOUT,
            "rpId": party.id,
            "allowCredentials": descriptors(allowed),
            "userVerification": "required",
        }))
    }
}

fn descriptors(passkeys: &[StoredPasskey]) -> Vec<Value> {
    let descriptor = |passkey: &StoredPasskey| json!({ "type": "public-key", "id": base64url(&passkey.credential_id.0), "transports": passkey.transports });
    passkeys.iter().map(descriptor).collect()
}

pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::PasskeyOptions;
    use crate::factors::UserHandle;
    use crate::passkeys::relying_party::RelyingParty;

    #[test]
    fn pk_06_options_require_verification_and_a_discoverable_credential() {
        let party = RelyingParty::of_test("example.org", &["https://example.org"]);
        let options = PasskeyOptions::creation(&party, &[1; 56], &UserHandle([2; 64]), "ada@example.org", &[]);
        let json = serde_json::to_value(&options).unwrap();
        let selection =
            json!({ "residentKey": "required", "requireResidentKey": true, "userVerification": "required" });
        assert_eq!(json["authenticatorSelection"], selection);
        assert_eq!((&json["attestation"], &json["excludeCredentials"]), (&json!("none"), &json!([])));
        assert_eq!(json["rp"], json!({ "id": "example.org", "name": "Test" }));
        let algorithms: Vec<_> = json["pubKeyCredParams"].as_array().unwrap().iter().map(|one| &one["alg"]).collect();
        assert_eq!(algorithms, [&json!(-8), &json!(-7), &json!(-257)]);
        let request = serde_json::to_value(PasskeyOptions::request(&party, &[1; 56], &[])).unwrap();
        assert_eq!((&request["userVerification"], &request["rpId"]), (&json!("required"), &json!("example.org")));
        assert_eq!(request["allowCredentials"], json!([]));
    }

    #[test]
    fn pk_11_the_user_handle_says_nothing_about_the_user() {
        let party = RelyingParty::of_test("example.org", &["https://example.org"]);
        let options = PasskeyOptions::creation(&party, &[1; 56], &UserHandle([2; 64]), "ada@example.org", &[]);
        let json = serde_json::to_value(&options).unwrap();
        assert_eq!(json["user"]["id"].as_str().unwrap().len(), 86);
        assert!(!format!("{options:?}").contains("ada") && options.to_string().contains("ada"));
    }
}
