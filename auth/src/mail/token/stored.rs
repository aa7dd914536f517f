//! A token as a record, and whose it is.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::super::OUTLIVES_BY;
use super::MailPurpose;
use crate::base::clock::Timestamp;
use crate::keys::hmac_sha256;
use crate::limit::LimitKey;
use crate::model::claims::RowStamp;
use crate::model::user::{AuthUser, is_same_row};
use crate::store::Record;

/// The codes are the numbers below: eight digits.
pub(super) const CODES: u64 = 100_000_000;

/// Whose token it is.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// The id of the user, as text; for an account that does not exist a text that is no id.
    pub(crate) owner: String,
    pub(crate) address: String,
    pub(crate) generation: u64,
    /// What tells the row from a later one with the same id.
    pub(crate) row: Option<RowStamp>,
    /// What mail to the address, and tries at codes of it, are counted under: the same whether there is an account or not.
    pub(crate) recipient: LimitKey,
    /// The network that asked for it, if there is a limit on how many wait: one does not push out what others wait for.
    pub(crate) network: Option<LimitKey>,
}

impl Binding {
    /// Binds to an account.
    pub(crate) fn of<U: AuthUser>(
        user: &U,
        address: &str,
        generation: u64,
        recipient: LimitKey,
        network: Option<LimitKey>,
    ) -> Self {
        let (owner, address, row) = (user.id().to_string(), address.to_owned(), user.created());
        Self { owner, address, generation, row, recipient, network }
    }

    /// Binds to an address that has no account.
    pub(crate) fn of_nobody(
        owner: String,
        address: &str,
        generation: u64,
        recipient: LimitKey,
        network: Option<LimitKey>,
    ) -> Self {
        Self { owner, address: address.to_owned(), generation, row: None, recipient, network }
    }
}

/// The value of the record.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Stored {
    #[serde(rename = "p")]
    pub(super) purpose: String,
    /// An HMAC of owner and address.
    #[serde(rename = "a")]
    pub(super) address: String,
    #[serde(rename = "g")]
    pub(super) generation: u64,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<RowStamp>,
    /// The counter of the recipient.
    #[serde(rename = "k", default)]
    pub(super) recipient: String,
    /// The network that asked for it.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub(super) network: Option<String>,
    /// How many codes may still be tried.
    #[serde(rename = "n")]
    pub(super) tries: u8,
    /// What the purpose needs to know, as JSON.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<String>,
}

/// A token as stored.
pub(crate) struct MailToken {
    pub(super) record: Record,
    pub(super) stored: Stored,
}

impl MailToken {
    pub(super) fn read(record: Record) -> Option<Self> {
        let stored = serde_json::from_str(&record.value).ok()?;
        Some(Self { record, stored })
    }

    pub(super) fn is_for(&self, purposes: &[MailPurpose], now: Timestamp) -> bool {
        purposes.iter().any(|purpose| self.is(*purpose)) && self.expires_at() > now
    }

    /// Returns whether it is for this purpose.
    pub(crate) fn is(&self, purpose: MailPurpose) -> bool {
        self.stored.purpose == purpose.name()
    }

    /// Returns what the purpose needs to know; `None` if it was not stored, or by a release that did so differently.
    pub(crate) fn data<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.stored.data.as_deref()?).ok()
    }

    pub(crate) fn owner(&self) -> &str {
        &self.record.owner
    }

    pub(crate) fn id(&self) -> &str {
        &self.record.key
    }

    /// What stands for the address to which it was mailed.
    pub(in crate::mail) fn address_fingerprint(&self) -> &str {
        &self.stored.address
    }

    pub(crate) const fn generation(&self) -> u64 {
        self.stored.generation
    }

    /// What mail to the address is counted under.
    pub(crate) fn recipient(&self) -> &str {
        &self.stored.recipient
    }

    /// Whether the row is the one that it was made for, as far as its stamp tells.
    pub(crate) fn is_of_row<U: AuthUser>(&self, row: &U) -> bool {
        is_same_row(row, self.stored.row)
    }

    /// Whether it was asked for from this network, as far as that is known.
    pub(crate) fn is_asked_from(&self, network: Option<LimitKey>) -> bool {
        self.stored.network == network.map(|network| network.to_string())
    }

    /// How many codes may still be tried.
    pub(crate) const fn tries(&self) -> u8 {
        self.stored.tries
    }

    /// When it was stored, or last changed.
    pub(crate) const fn issued_at(&self) -> Timestamp {
        self.record.changed_at
    }

    pub(crate) fn expires_at(&self) -> Timestamp {
        self.record.expires_at.minus(OUTLIVES_BY)
    }

    /// Computes one of the values that are derived from it.
    pub(super) fn mac(&self, key: &[u8; 32], what: &[u8]) -> Zeroizing<[u8; 32]> {
        let Self { record, stored } = self;
        // Only the last part has no fixed length and may hold any byte.
        let parts = [&record.key, &stored.purpose, &stored.address].map(String::as_bytes);
        let [id, purpose, address] = parts;
        hmac_sha256(key, &[what, b"\0", id, b"\0", purpose, b"\0", address, b"\0", record.owner.as_bytes()])
    }

    pub(super) fn code(&self, key: &[u8; 32]) -> u64 {
        let number = self.mac(key, b"code").iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        number % CODES
    }
}
