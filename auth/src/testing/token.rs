use crate::auth::Auth;
use crate::claims::{Amr, SessionId, TokenId};
use crate::error::AuthError;
use crate::random::random;
use crate::token::access::Grant;
use crate::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// An access token for `user`, as a login with a password would give, of a session that is not stored. Tests and
    /// benchmarks only: nobody proved anything.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if there are no random bytes, [`AuthError::Internal`] if the claims cannot be written.
    pub fn token_for_test(&self, user: &U) -> Result<String, AuthError> {
        let inner = self.inner();
        let now = self.now();
        let jti = random::<16>(&*inner.random)?;
        let session = SessionId::from_bytes([0; 32]);
        let grant = Grant { session, auth_time: now, amr: Amr::PASSWORD, generation: 0 };
        inner.tokens.issue(user, grant, TokenId::from_bytes(jti), now)
    }
}
