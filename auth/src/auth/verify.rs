//! Verifies access tokens without HTTP.
//!
//! What memory cannot know is unavailable, not invalid. `verify` does not wait, so while the feed is silent it answers
//! `Unavailable`, and `authenticate` asks the store, as guards do. `login` and `register` return the user together with
//! the tokens, so nobody needs to verify the token they have just issued.
//!
//! A long-lived connection asks again (`Auth::still_valid`) and is not notified: a guard with a list of open sockets
//! would need to know what a socket is. The connection ends with its access token at the latest, because memory keeps
//! revocations only that long.

use std::sync::Arc;

use super::Auth;
use crate::base::error::AuthError;
use crate::model::claims::Claims;
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;
use crate::proof::{SEVERAL_FACTORS, claims_lack_mfa};
use crate::revocation::TokenStatus;
use crate::store::Budget;

impl<U: AuthUser> Auth<U> {
    /// Returns the claims of an access token that was issued by us for us, is valid now, and is not revoked, as far as
    /// memory knows: for the first frame of a socket, or where nothing can wait. Makes no query, so it decides nothing
    /// while the revocation feed is silent, and accepts no token of the [former auth](crate::AuthBuilder::former_tokens);
    /// [`authenticate`](Self::authenticate) does.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], whatever is wrong with the token; [`AuthError::StepUpRequired`] if its user must sign in
    /// with a second factor (`#[auth(mfa(…))]`) and has not; [`AuthError::Unavailable`] while nobody knows
    /// whether it is revoked.
    pub fn verify(&self, access_token: &str) -> Result<U::Claims, AuthError> {
        let inner = &*self.inner;
        let claims = inner.context.tokens.verify(access_token, self.now()).ok_or(AuthError::InvalidToken)?;
        match inner.feed.status(&claims) {
            TokenStatus::Active if claims_lack_mfa::<U>(&claims) => Err(AuthError::StepUpRequired(SEVERAL_FACTORS)),
            TokenStatus::Active => Ok(Arc::unwrap_or_clone(claims)),
            TokenStatus::Revoked => Err(AuthError::InvalidToken),
            TokenStatus::Unknown => Err(AuthError::unavailable("the revocation feed is silent")),
        }
    }

    /// Returns the claims of an access token that was issued by us for us, is valid now, and is not revoked. This is
    /// what guards do, for a gRPC service or a message queue: from memory, and by a query while the revocation feed is
    /// silent.
    ///
    /// ```
    /// # use auth::{Auth, AuthError, AuthUser};
    /// # async fn handle<U: AuthUser>(auth: &Auth<U>, metadata: &str) -> Result<(), AuthError> {
    /// let token = metadata.strip_prefix("Bearer ").ok_or(AuthError::NotSignedIn)?;
    /// let claims = auth.authenticate(token).await?;
    /// # drop(claims);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`], whatever is wrong with the token; [`AuthError::StepUpRequired`] if its user must sign in
    /// with a second factor (`#[auth(mfa(…))]`) and has not; [`AuthError::Unavailable`] if the store failed.
    pub async fn authenticate(&self, access_token: &str) -> Result<U::Claims, AuthError> {
        let inner = &*self.inner;
        let budget = Budget::new(inner.context.store_timeout);
        let (claims, is_active) = if let Some(former) = self.former_tokens(access_token) {
            let claims = former.claims(access_token, &ClientInfo::default(), &budget).await?;
            (claims.map_err(|_| AuthError::InvalidToken)?, true)
        } else {
            let claims = inner.context.tokens.verify(access_token, self.now()).ok_or(AuthError::InvalidToken)?;
            let is_active = inner.feed.is_active(&claims, &budget).await?;
            (claims, is_active)
        };
        if !is_active {
            Err(AuthError::InvalidToken)
        } else if claims_lack_mfa::<U>(&claims) {
            Err(AuthError::StepUpRequired(SEVERAL_FACTORS))
        } else {
            Ok(Arc::unwrap_or_clone(claims))
        }
    }

    /// Returns whether claims verified some time ago would still be accepted: the token has not expired, its session
    /// continues, and nothing has changed that makes it stale. Works from memory, without a query or a signature check;
    /// returns `false` while the revocation feed is silent, because the answer is then unknown.
    ///
    /// A guard decides once, when a request begins. Anything that continues after that (a WebSocket, an event stream, a
    /// long job) should call this from time to time, and stop when it returns `false`:
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
    /// An access token lives for `access_ttl`, and so does a connection opened with it. To continue, let the client
    /// send a fresh token through the connection ([`verify`](Self::verify) reads it; compare `sub`), or connect again.
    /// `examples/live-updates` does both.
    #[must_use]
    pub fn still_valid(&self, claims: &U::Claims) -> bool {
        let inner = &*self.inner;
        let registered = claims.registered();
        inner.context.tokens.is_valid_at(&registered, self.now()) && inner.feed.status(claims) == TokenStatus::Active
    }
}
