//! Access tokens without HTTP around them.

use super::Auth;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// The claims of an access token: signed by us, for us, valid now, not revoked. What guards do, for a gRPC service,
    /// a message queue or a socket's first frame. No query.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], whatever is wrong with it.
    pub fn verify(&self, access_token: &str) -> Result<U::Claims, AuthError> {
        let inner = self.inner();
        let claims: U::Claims = inner.tokens.verify(access_token, self.now()).ok_or(AuthError::InvalidToken)?;
        if inner.revocations.accept(U::subject(&claims), &claims.registered()) {
            Ok(claims)
        } else {
            Err(AuthError::InvalidToken)
        }
    }
}
