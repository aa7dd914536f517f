//! A passkey, as its user sees it.

use std::fmt::Write as _;

use super::stored_passkey::StoredPasskey;
use crate::base::clock::Timestamp;

/// A passkey of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PasskeyInfo {
    /// Its name in `/factors/passkeys/{id}`: a hash of the credential id.
    pub id: String,
    /// What its user calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When somebody signed in with it last.
    pub last_used_at: Option<Timestamp>,
    /// Whether its key may be on several devices: what password managers and the accounts of platforms synchronize.
    pub synced: bool,
    /// The model of the authenticator or password manager, as it says itself: an AAGUID, unverified.
    pub aaguid: String,
}

impl PasskeyInfo {
    pub(super) fn of(key: &str, passkey: &StoredPasskey) -> Self {
        let mut aaguid = String::with_capacity(36);
        for (place, byte) in passkey.aaguid.0.iter().enumerate() {
            let dash = if matches!(place, 4 | 6 | 8 | 10) { "-" } else { "" };
            // Writing to a string never fails.
            let _ = write!(aaguid, "{dash}{byte:02x}");
        }
        Self {
            id: key.to_owned(),
            name: passkey.name.clone(),
            created_at: Timestamp::from_millis(passkey.created_at),
            last_used_at: passkey.last_used_at.map(Timestamp::from_millis),
            synced: passkey.backup_eligible,
            aaguid,
        }
    }
}
