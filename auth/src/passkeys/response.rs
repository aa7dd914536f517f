//! What a page sends: the credential as the browser writes it with `toJSON()` (`WebAuthn` §5.1).
//!
//! Members that are not listed here are ignored, because browsers add some. What is binary is base64url in its one
//! canonical form: `id` and `rawId` are then equal as texts, or the answer is refused.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::authenticator_data::MAX_CREDENTIAL_ID;
use super::error::CeremonyError;
use crate::base::base64url::decode;

/// How many transports are kept, and how long each may be. There are seven so far.
const MAX_TRANSPORTS: usize = 8;
const MAX_TRANSPORT: usize = 16;

/// Bytes that are base64url in JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = Vec::new();
        decode(&text, &mut bytes).ok_or_else(|| D::Error::custom("not base64url"))?;
        Ok(Self(bytes))
    }
}

/// A `PublicKeyCredential`, whose response is that of a registration or that of an authentication.
#[derive(Debug, Deserialize)]
pub(super) struct Credential<R> {
    id: String,
    #[serde(rename = "rawId")]
    raw_id: Bytes,
    #[serde(rename = "type")]
    kind: String,
    pub(super) response: R,
}

/// An `AuthenticatorAttestationResponse`.
#[derive(Debug, Deserialize)]
pub(super) struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    pub(super) client_data: Bytes,
    #[serde(rename = "attestationObject")]
    pub(super) attestation_object: Bytes,
    #[serde(default)]
    transports: Vec<String>,
}

/// An `AuthenticatorAssertionResponse`.
#[derive(Debug, Deserialize)]
pub(super) struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    pub(super) client_data: Bytes,
    #[serde(rename = "authenticatorData")]
    pub(super) authenticator_data: Bytes,
    pub(super) signature: Bytes,
    #[serde(rename = "userHandle", default)]
    pub(super) user_handle: Option<Bytes>,
}

impl<R: for<'de> Deserialize<'de>> Credential<R> {
    pub(super) fn read(json: &serde_json::Value) -> Result<Self, CeremonyError> {
        let credential = Self::deserialize(json).map_err(|_| CeremonyError::Malformed)?;
        let same_id = credential.id == URL_SAFE_NO_PAD.encode(&credential.raw_id.0);
        let is_sized = (1..=MAX_CREDENTIAL_ID).contains(&credential.raw_id.0.len());
        if same_id && is_sized && credential.kind == "public-key" {
            Ok(credential)
        } else {
            Err(CeremonyError::Malformed)
        }
    }

    /// The credential id.
    pub(super) fn id(&self) -> &[u8] {
        &self.raw_id.0
    }
}

impl AttestationResponse {
    /// Returns how the browser says that the authenticator can be reached: hints for later ceremonies, not verified.
    pub(super) fn transports(&self) -> Vec<String> {
        let is_name = |name: &&String| {
            (1..=MAX_TRANSPORT).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        };
        self.transports.iter().filter(is_name).take(MAX_TRANSPORTS).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{AssertionResponse, AttestationResponse, Credential};

    fn assertion() -> Value {
        json!({ "id": "AQI", "rawId": "AQI", "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {}, "response": { "clientDataJSON": "e30", "authenticatorData": "AA",
            "signature": "AA", "userHandle": null } })
    }

    fn reads(json: &Value) -> bool {
        Credential::<AssertionResponse>::read(json).is_ok()
    }

    #[test]
    fn pk_16_id_and_raw_id_are_one_canonical_text() {
        assert!(reads(&assertion()));
        for (member, value) in [
            ("id", json!("AQM")),
            ("rawId", json!("AQM")),
            ("id", json!("AQI=")),
            ("rawId", json!("AQI=")),
            ("id", json!("AQJ")),
            ("rawId", json!("AQJ")),
            ("id", json!("")),
            ("type", json!("password")),
            ("type", Value::Null),
            ("response", json!({})),
            ("response", json!([])),
        ] {
            let mut bad = assertion();
            bad[member] = value.clone();
            assert!(!reads(&bad), "{member}: {value}");
        }
        let mut both = assertion();
        both["id"] = json!("AQI=");
        both["rawId"] = json!("AQI=");
        assert!(!reads(&both));
    }

    #[test]
    fn pk_13_credential_ids_have_a_bound() {
        let with = |length: usize| {
            let text = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, vec![7; length]);
            let mut json = assertion();
            (json["id"], json["rawId"]) = (json!(text), json!(text));
            json
        };
        assert!(reads(&with(1023)));
        assert!(!reads(&with(1024)) && !reads(&with(0)));
    }

    #[test]
    fn transports_are_short_names_and_few() {
        let mut names = vec!["usb".to_owned(), "smart-card".into(), "<b>".into(), String::new(), "x".repeat(17)];
        names.extend(std::iter::repeat_n("nfc".to_owned(), 20));
        let json = json!({ "clientDataJSON": "", "attestationObject": "", "transports": names });
        let kept = serde_json::from_value::<AttestationResponse>(json).unwrap().transports();
        assert_eq!((kept.len(), &*kept[0], &*kept[1], &*kept[2]), (8, "usb", "smart-card", "nfc"));
    }
}
