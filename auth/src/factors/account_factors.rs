//! The factors of an account, as stored.

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::NONCE_BYTES;
use crate::model::claims::{RowStamp, SessionId};
use crate::store::Record;

/// What an account has beside its password. Field names are short because the record is read at every login.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct AccountFactors {
    /// An authenticator app that was confirmed.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(super) totp: Option<StoredTotp>,
    /// One that is being set up: it neither counts nor blocks.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(super) pending_totp: Option<PendingTotp>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(super) recovery_codes: Option<StoredRecoveryCodes>,
    /// The passkeys that are being removed: they do not count as what the account has left.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) leaving: Vec<String>,
    /// What every trusted device of the account hangs on: another one, or none, and nobody trusts them any more.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(super) device_epoch: Option<Nonce>,
    /// What the account is called in its passkeys, in base64url.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub(super) user_handle: Option<String>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<RowStamp>,
    /// What another release has written.
    #[serde(flatten)]
    pub(super) others: BTreeMap<String, serde_json::Value>,
}

/// From what a seed or codes are derived. It is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nonce(pub(super) [u8; NONCE_BYTES]);

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct StoredTotp {
    #[serde(rename = "n")]
    pub(super) nonce: Nonce,
    /// The time step of the last code that was right: only later ones are.
    #[serde(rename = "s")]
    pub(super) step: u64,
    /// The seed, sealed, of an app that another system has set up. Others are derived.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub(super) sealed_seed: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct PendingTotp {
    #[serde(rename = "n")]
    pub(super) nonce: Nonce,
    /// The session (or the sign-in) that sets it up. No other one confirms it: whoever has stolen a session must not leave
    /// a secret of theirs behind.
    #[serde(rename = "i")]
    pub(super) session: SessionId,
    /// Until when it can be confirmed, in milliseconds.
    #[serde(rename = "u")]
    pub(super) until: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct StoredRecoveryCodes {
    #[serde(rename = "n")]
    pub(super) nonce: Nonce,
    /// One bit for each code that was used.
    #[serde(rename = "u", default)]
    pub(super) used: u16,
}

impl AccountFactors {
    /// Whether the record says that a sign-in needs a second step.
    pub(crate) fn record_has_second_step(record: &Record) -> bool {
        serde_json::from_str::<Self>(&record.value).is_ok_and(|factors| factors.has_second_step())
    }

    /// Whether an authenticator app was confirmed.
    pub(crate) const fn has_totp(&self) -> bool {
        self.totp.is_some()
    }

    /// Whether recovery codes were made, used or not.
    pub(crate) const fn has_recovery_codes(&self) -> bool {
        self.recovery_codes.is_some()
    }

    /// Whether a sign-in needs a second step.
    pub(crate) const fn has_second_step(&self) -> bool {
        self.totp.is_some()
    }
}

impl Serialize for Nonce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl<'de> Deserialize<'de> for Nonce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; NONCE_BYTES];
        let length = Base64UrlUnpadded::decode(&text, &mut bytes).map_err(serde::de::Error::custom)?.len();
        if length == NONCE_BYTES { Ok(Self(bytes)) } else { Err(serde::de::Error::custom("wrong length")) }
    }
}

#[cfg(test)]
mod tests {
    use super::AccountFactors;

    #[test]
    fn what_another_release_wrote_stays_in_the_record() {
        let stored = r#"{"t":{"n":"AAECAwQFBgcICQoLDA0ODw","s":7},"k":[1,{"a":2}]}"#;
        let read: AccountFactors = serde_json::from_str(stored).unwrap();
        assert!(read.has_second_step());
        let again = serde_json::to_value(&read).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(stored).unwrap());
    }

    #[test]
    fn an_account_without_a_record_has_no_factors() {
        assert!(!AccountFactors::default().has_second_step());
        assert_eq!(serde_json::to_string(&AccountFactors::default()).unwrap(), "{}");
    }
}
