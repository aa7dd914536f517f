//! Access tokens without HTTP around them.

use std::sync::Arc;

use super::Auth;
use super::feed::Standing;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// The claims of an access token: signed by us, for us, valid now, not revoked. What guards do, for a gRPC service,
    /// a message queue or a socket's first frame. No query; so while the store of revocations is out of reach, nothing is
    /// accepted here (guards ask the store then).
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], whatever is wrong with it.
    pub fn verify(&self, access_token: &str) -> Result<U::Claims, AuthError> {
        let inner = self.inner();
        let claims = inner.tokens.verify(access_token, self.now()).ok_or(AuthError::InvalidToken)?;
        if self.standing(&claims) != Standing::Stands {
            return Err(AuthError::InvalidToken);
        }
        Ok(Arc::unwrap_or_clone(claims))
    }

    /// Whether claims that were verified some time ago would be accepted now: their token has not expired, its session
    /// goes on, and nothing was changed that makes it stale. From memory: no query, no signature; `false` while the store
    /// of revocations is out of reach, because then nobody can say.
    ///
    /// A guard decides once, when a request begins. Whatever goes on after that (a WebSocket, a stream of events, a long
    /// job) asks this from time to time, and stops when the answer is no:
    ///
    /// ```
    /// # use auth::{Auth, AuthUser};
    /// # async fn send_what_is_new() {}
    /// # async fn live<U: AuthUser>(auth: Auth<U>, claims: U::Claims) {
    /// let mut pulse = tokio::time::interval(std::time::Duration::from_secs(1));
    /// while auth.still_valid(&claims) {
    ///     send_what_is_new().await;
    ///     pulse.tick().await;
    /// }
    /// # }
    /// ```
    ///
    /// An access token lives for `access_ttl`, and so does a connection that was opened with it; to go on, let the client
    /// send a fresh one through the connection ([`verify`](Self::verify) reads it; compare `sub`), or connect again.
    /// `examples/live-updates` does both.
    #[must_use]
    pub fn still_valid(&self, claims: &U::Claims) -> bool {
        let inner = self.inner();
        let registered = claims.registered();
        inner.tokens.still(&registered, self.now()) && self.standing(claims) == Standing::Stands
    }
}
