//! What an account is called in its passkeys (`WebAuthn` §5.4.3, "user handle"): 64 random bytes.
//!
//! Authenticators show it to whoever unlocks them, and keep one passkey for each handle of a site, so it says nothing about
//! the account (§14.6.1), is the same for all passkeys of it, and ends with it: the next account with the same id has
//! another one.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::{FactorOwner, Factors};
use crate::base::error::AuthError;
use crate::base::random::random;
use crate::store::StoreError;

/// The length of a user handle: the longest that there may be.
const BYTES: usize = 64;

/// A user handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserHandle(pub(crate) [u8; BYTES]);

impl UserHandle {
    fn read(text: &str) -> Result<Self, StoreError> {
        let mut bytes = [0; BYTES];
        let length = Base64UrlUnpadded::decode(text, &mut bytes).map_err(StoreError::corrupt)?.len();
        if length == BYTES { Ok(Self(bytes)) } else { Err(StoreError::corrupt("a user handle of another length")) }
    }
}

impl Factors {
    /// Returns the user handle of an account that has one: it has had a passkey, or has begun to add one.
    pub(crate) async fn known_user_handle(&self, owner: &FactorOwner) -> Result<Option<UserHandle>, StoreError> {
        self.of(owner).await?.user_handle.map(|text| UserHandle::read(&text)).transpose()
    }

    /// Returns the user handle of an account, which is made when it is first asked for. Of many who ask at once, all get
    /// the same.
    pub(crate) async fn user_handle(&self, owner: &FactorOwner) -> Result<UserHandle, AuthError> {
        if let Some(text) = self.of(owner).await?.user_handle {
            return Ok(UserHandle::read(&text)?);
        }
        let fresh = random::<BYTES>(&*self.random).map_err(AuthError::internal)?;
        let mut known = None;
        let written = self.change(owner, |factors| match &factors.user_handle {
            Some(text) => {
                known = Some(text.clone());
                None
            }
            None => Some(factors.user_handle.insert(Base64UrlUnpadded::encode_string(&fresh)).clone()),
        });
        let text = written.await?;
        Ok(UserHandle::read(&text.or(known).unwrap_or_default())?)
    }
}
