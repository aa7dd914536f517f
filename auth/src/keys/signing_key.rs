//! What an application lists as its signing keys. Each kind makes a [`Key`] of itself, after checking it.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use super::derive::{Purpose, derive, key_id};
use super::key::{IssuedAs, Key, KeyParts, SignatureError};
use crate::base::secret::Secret;

/// A key that signs access tokens, or whose tokens are still accepted. Another kind is a variant with a file of its own:
/// nothing else in this crate depends on the algorithm.
pub(crate) enum SigningKey<'a> {
    /// HS256, with a key that is derived from a secret for the realm.
    Secret { secret: &'a Secret, realm: &'a str },
}

impl SigningKey<'_> {
    /// Makes the key whose tokens are issued like this.
    ///
    /// # Errors
    /// If the token backend does not accept it. Of derived keys it accepts all; it refuses only empty ones.
    pub(crate) fn key(&self, issued_as: &IssuedAs) -> Result<Key, SignatureError> {
        let parts = match *self {
            Self::Secret { secret, realm } => hs256(secret, realm)?,
        };
        Ok(Key::new(parts, issued_as.clone()))
    }
}

fn hs256(secret: &Secret, realm: &str) -> Result<KeyParts, SignatureError> {
    let key = derive(secret.expose(), Purpose::AccessToken, realm);
    Ok(KeyParts {
        algorithm: Algorithm::HS256,
        alg: "HS256",
        kid: key_id(secret, realm),
        signing: EncodingKey::from_secret(&*key).map_err(SignatureError::Key)?,
        verifying: DecodingKey::from_secret(&*key).map_err(SignatureError::Key)?,
    })
}
