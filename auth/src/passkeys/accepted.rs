//! Which passkeys an account has, said to the browser (`WebAuthn` §5.1.10.4): it stops offering those that were removed.

use serde::Serialize;

use super::options::base64url;
use super::service::{Passkeys, is_of_row};
use super::stored_passkey::StoredPasskey;
use crate::factors::FactorOwner;
use crate::store::StoreError;

/// The passkeys of an account: what `PublicKeyCredential.signalAllAcceptedCredentials` takes, with the names of the standard.
///
/// A browser hides or deletes the passkeys of this account that are not in it, and shows those again that are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AcceptedPasskeys {
    /// The domain that they belong to.
    pub rp_id: String,
    /// What the account is called in its passkeys, in base64url.
    pub user_id: String,
    /// The ids of the credentials, in base64url.
    pub all_accepted_credential_ids: Vec<String>,
}

impl Passkeys {
    /// Returns the passkeys of an account for the browser; `None` if it never had one. Fails if this release cannot read one:
    /// the browser would hide it.
    pub(crate) async fn accepted(&self, owner: &FactorOwner) -> Result<Option<AcceptedPasskeys>, StoreError> {
        let Some(handle) = self.factors.known_user_handle(owner).await? else { return Ok(None) };
        let records = self.records.list(&self.kinds.passkey, &owner.id).await?;
        let read: Result<Vec<_>, _> = records.iter().map(StoredPasskey::read).collect();
        let passkeys = read?.into_iter().filter(|passkey| is_of_row(passkey, owner));
        Ok(Some(AcceptedPasskeys {
            rp_id: self.party.id.clone(),
            user_id: base64url(&handle.0),
            all_accepted_credential_ids: passkeys.map(|passkey| base64url(&passkey.credential_id.0)).collect(),
        }))
    }
}
