//! Sessions, by the handle.

use super::Auth;
use crate::base::error::AuthError;
use crate::model::claims::{Claims as _, SessionId};
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;
use crate::session::{SessionInfo, Tokens};
use crate::token::presented::PresentedToken;

impl<U: AuthUser> Auth<U> {
    /// Exchanges a refresh token for fresh tokens.
    ///
    /// Refresh tokens rotate (see the crate documentation on sessions): the given token is spent, but for ten seconds
    /// yields the same successor, so that concurrent refreshes all succeed. Any other use of a spent token ends the
    /// session. The user is read again, so the new claims are those of the current row.
    ///
    /// # Errors
    /// [`AuthError::InvalidRefreshToken`] if it is unknown, expired, revoked or spent, or the account is disabled;
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`] if the store failed. With the last two, the token was
    /// not spent.
    pub async fn refresh(&self, refresh_token: &str, client: &ClientInfo) -> Result<Tokens, AuthError> {
        self.inner.sessions.refresh(refresh_token, client).await
    }

    /// Ends the session of a refresh token. An unknown token is not an error: its session is gone, as requested.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`], at the rates of refreshes; [`AuthError::Unavailable`] if the store failed. The
    /// logout is then completed as soon as the store is back, even if the client is gone.
    pub async fn logout(&self, refresh_token: &str, client: &ClientInfo) -> Result<(), AuthError> {
        self.inner.sessions.logout(refresh_token, client).await
    }

    /// Ends the session of an access token, even of an expired one. A token that is not ours is not an error: there is
    /// no session to end. One of the former auth ([`former_tokens`](crate::AuthBuilder::former_tokens)) is refused from now
    /// on.
    ///
    /// # Errors
    /// As for [`logout`](Self::logout).
    pub async fn logout_access_token(&self, access_token: &str, client: &ClientInfo) -> Result<(), AuthError> {
        if let Some(former) = self.former_tokens(access_token) {
            return former.logout(access_token, client).await;
        }
        let Some(claims) = self.inner.context.tokens.verify_even_expired(access_token) else { return Ok(()) };
        let session = *claims.registered().sid;
        // Even a token of last year ends its session, so without a limit its holder could make us write forever.
        self.inner.limits.limit_logout(session, client)?;
        self.end_undelivered(U::subject(&claims), session, client).await
    }

    /// Ends the session of every token, which is what `POST /logout` does with those of a request. All of them are tried
    /// before the first failure is returned: a session that cannot be ended must not keep another one alive.
    ///
    /// ```
    /// # use auth::{Auth, AuthError, AuthUser, ClientInfo, PresentedToken};
    /// async fn sign_out<U: AuthUser>(auth: &Auth<U>, bearer: &str, refresh: &str) -> Result<(), AuthError> {
    ///     let tokens = [PresentedToken::Access(bearer), PresentedToken::Refresh(refresh)];
    ///     auth.logout_presented(&tokens, &ClientInfo::default()).await
    /// }
    /// ```
    ///
    /// # Errors
    /// As for [`logout`](Self::logout).
    pub async fn logout_presented(&self, tokens: &[PresentedToken<'_>], client: &ClientInfo) -> Result<(), AuthError> {
        let mut ended = Ok(());
        for token in tokens {
            ended = ended.and(match *token {
                PresentedToken::Access(token) => self.logout_access_token(token, client).await,
                PresentedToken::Refresh(token) => self.logout(token, client).await,
            });
        }
        ended
    }

    /// Ends a session, whether it is stored or not: its tokens do not reach the client. Not as a logout, which limits may
    /// refuse. If the store fails, it is done later.
    pub(crate) async fn end_undelivered(
        &self,
        id: &U::Id,
        session: SessionId,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        self.inner.sessions.end(session, &id.to_string(), None, client).await.map(drop)
    }

    /// Ends every session of a user, including the current one.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed. The logout is then completed as soon as the store is back, even
    /// if the client is gone.
    pub async fn logout_all(&self, id: &U::Id, client: &ClientInfo) -> Result<(), AuthError> {
        self.inner.sessions.end_all(id, client).await
    }

    /// Returns the user's live sessions, most recently used first.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn sessions(&self, id: &U::Id) -> Result<Vec<SessionInfo>, AuthError> {
        self.inner.sessions.list(id).await
    }

    /// Ends one session of a user; returns `false` if the user has no such session.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed; the session may then still be alive.
    pub async fn end_session(&self, id: &U::Id, session: SessionId, client: &ClientInfo) -> Result<bool, AuthError> {
        self.inner.sessions.end_session(id, session, client).await
    }

    /// Signs everybody out: every session and every token of this user type ends, those included that the store has
    /// forgotten. Other instances follow within a second.
    ///
    /// Call it after a database was restored from a backup: sessions that had ended since then, and epochs of changed
    /// passwords, are as they were at the time of the backup, and nothing in the database says so.
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{Auth, AuthError, AuthUser};
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")] struct User { #[auth(id)] id: i64, #[auth(login)] email: String }
    /// async fn after_a_restore(auth: &Auth<User>) -> Result<(), AuthError> {
    ///     auth.end_everything().await // everybody signs in again
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed; call it again.
    pub async fn end_everything(&self) -> Result<(), AuthError> {
        self.inner.sessions.end_everything().await
    }

    /// Polls the store for revocations by any process. A task does so automatically, twice a second or as set by
    /// `revocation_feed` on the builder; call this when you learn about a revocation by other means.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn sync_revocations(&self) -> Result<(), AuthError> {
        Ok(self.inner.feed.read_revocations().await.map(drop)?)
    }
}
