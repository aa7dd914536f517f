//! HS256, with a key that is derived from a secret for one user type.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use super::derive::{Purpose, derive, key_id};
use super::key::{KeyParts, SignatureError};
use crate::base::secret::Secret;

/// Returns the key of `secret` for `realm`.
///
/// # Errors
/// If the token backend does not accept it. Of derived keys it accepts all; it refuses only empty ones.
pub(super) fn parts(secret: &Secret, realm: &str) -> Result<KeyParts, SignatureError> {
    let key = derive(secret.expose(), Purpose::AccessToken, realm);
    Ok(KeyParts {
        algorithm: Algorithm::HS256,
        alg: "HS256",
        kid: key_id(secret, realm),
        signature_bytes: 32,
        signing: EncodingKey::from_secret(&*key).map_err(SignatureError::Key)?,
        verifying: DecodingKey::from_secret(&*key).map_err(SignatureError::Key)?,
    })
}
