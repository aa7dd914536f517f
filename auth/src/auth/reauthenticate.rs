//! Step-up: a signed-in user proves their identity again, and the session becomes fresh.

use std::fmt;
use std::time::Duration;

use super::Auth;
use super::revoke::TRIES;
use crate::claims::{Amr, SessionId, TokenId};
use crate::error::AuthError;
use crate::event::{EventKind, LimitedAction, LoginFailure};
use crate::password::{Password, PasswordError, Verdict};
use crate::random::random;
use crate::token::session::{Client, Session};
use crate::user::AuthUser;

/// The result of reauthentication: an access token with a new `auth_time`. `Debug` does not print the token.
#[derive(Clone)]
#[non_exhaustive]
pub struct FreshToken {
    /// The access token, for `Authorization: Bearer …`.
    pub access_token: String,
    /// The lifetime of the access token.
    pub expires_in: Duration,
    /// The session it belongs to, which made the request.
    pub session: SessionId,
}

impl fmt::Debug for FreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FreshToken")
            .field("session", &self.session)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

impl<U: AuthUser> Auth<U> {
    /// Checks the password of the user `id` within their `session`, and makes the session fresh: its access tokens from
    /// now on, including the returned one, meet `Fresh` rules (RFC 9470). The refresh token and access tokens issued
    /// before do not change.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`] for a wrong password; [`AuthError::InvalidToken`] if the session has ended or
    /// the account is gone or disabled; [`AuthError::TooManyRequests`]; [`AuthError::Busy`];
    /// [`AuthError::Unavailable`], in which case nothing has changed.
    pub async fn reauthenticate(
        &self,
        id: &U::Id,
        session: SessionId,
        password: &str,
        client: &Client,
    ) -> Result<FreshToken, AuthError> {
        let inner = self.inner();
        let begun = self.begin(LimitedAction::Reauthenticate, client)?;
        self.living(id, session).await?;
        let user = inner.users.find(id).await?.filter(AuthUser::is_active).ok_or(AuthError::InvalidToken)?;
        let login = Self::counted_login(&user);
        let attempt = self.attempt_password(begun, login, Some(session), client).await?;
        let verdict = inner.passwords.verify(Password::new(password), user.password_hash()).await;
        match &verdict {
            Ok(Verdict::Right { .. }) => self.attempt_succeeded(attempt).await,
            Ok(Verdict::Wrong) => self.attempt_failed(attempt, Some(id.to_string()), client),
            Err(_) => self.attempt_undone(attempt).await,
        }
        if let Err(PasswordError::CorruptHash { .. }) = &verdict {
            self.tell(client, EventKind::CorruptHash { user: id.to_string() });
        }
        if !matches!(verdict?, Verdict::Right { .. }) {
            let (user, reason) = (Some(id.to_string()), LoginFailure::WrongPassword);
            self.tell(client, EventKind::LoginFailed { user, reason });
            return Err(AuthError::InvalidCredentials);
        }
        let session = self.freshen(id, session).await?;
        // A password that was changed while it was being checked proves nothing. The change ended the sessions.
        let current = inner.users.find(id).await?.filter(AuthUser::is_active);
        let unchanged = current.filter(|row| row.password_hash() == user.password_hash());
        let Some(user) = unchanged.filter(|_| !inner.revocations.ended(&session.id)) else {
            self.tell(client, EventKind::LoginFailed { user: Some(id.to_string()), reason: LoginFailure::Raced });
            return Err(AuthError::InvalidToken);
        };
        let jti = TokenId::from_bytes(random(&*inner.random)?);
        let access_token = inner.tokens.issue(&user, session.grant(), jti, self.now())?;
        self.tell(client, EventKind::Reauthenticated { user: session.user, session: session.id });
        Ok(FreshToken { access_token, expires_in: inner.tokens.rules().ttl, session: session.id })
    }

    /// Returns the session if it is the user's and has not ended, with its current generation.
    async fn living(&self, id: &U::Id, session: SessionId) -> Result<Session, AuthError> {
        let inner = self.inner();
        let record = inner.records.get(&inner.kinds.session, &session.to_string()).await?;
        let mut session = Session::from_record(record.ok_or(AuthError::InvalidToken)?)?;
        let mark = self.stored_mark(id).await?;
        let alive = session.user == id.to_string()
            && !session.ended
            && !inner.revocations.ended(&session.id)
            && session.expires_at(inner.lifetimes) > self.now()
            && mark.accepts_session(&session.id, session.generation);
        session.generation = mark.generation;
        if alive { Ok(session) } else { Err(AuthError::InvalidToken) }
    }

    /// Stores that the user has proved their identity now. A concurrent refresh changes the record, but not the result.
    async fn freshen(&self, id: &U::Id, session: SessionId) -> Result<Session, AuthError> {
        let inner = self.inner();
        for _ in 0..TRIES {
            let mut session = self.living(id, session).await?;
            session.auth_time = self.now();
            session.amr = session.amr.and(Amr::PASSWORD);
            let record = session.to_record(&inner.kinds.session, inner.lifetimes, self.now())?;
            if inner.records.replace(&record).await? {
                return Ok(session);
            }
        }
        Err(AuthError::unavailable("the session was changed by too many at once"))
    }
}
