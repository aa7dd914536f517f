//! Step-up: a signed-in user proves their identity again, and the session becomes fresh.

use std::fmt;
use std::time::Duration;

use super::Auth;
use super::revoke::TRIES;
use crate::claims::{Amr, SessionId, TokenId};
use crate::error::AuthError;
use crate::event::{EventKind, LimitedAction, LoginFailure, Refusal};
use crate::password::{Password, PasswordError, Verdict};
use crate::random::random;
use crate::step_up::StepUp;
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
    /// A session that began with several factors takes more than a password: proof that is weaker than the login makes
    /// nothing fresh.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`] for a wrong password; [`AuthError::StepUpRequired`] for a right one that is not
    /// enough; [`AuthError::InvalidToken`] if the session has ended or the account is gone or disabled;
    /// [`AuthError::TooManyRequests`]; [`AuthError::Busy`]; [`AuthError::Unavailable`], in which case the session may be
    /// fresh already.
    pub async fn reauthenticate(
        &self,
        id: &U::Id,
        session: SessionId,
        password: &str,
        client: &Client,
    ) -> Result<FreshToken, AuthError> {
        let inner = self.inner();
        let begun = self.begin_attempt(LimitedAction::Reauthenticate, client)?;
        let stamp = self.living(id, session).await?.row;
        let same = |user: &U| user.is_active() && Self::is_of(user, stamp);
        let user = inner.users.find(id).await?.filter(same).ok_or(AuthError::InvalidToken)?;
        let attempt = self.attempt_password(begun, self.aim_at(&user), Some(session), client).await?;
        let verdict = inner.passwords.verify(Password::new(password), user.password_hash()).await;
        match &verdict {
            Ok(Verdict::Right { .. }) => self.attempt_succeeded(attempt, &user).await,
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
        let (user, session) = self.freshen(user, session, password, client).await?;
        if inner.revocations.ended(&session.id) {
            return Err(AuthError::InvalidToken);
        }
        let jti = TokenId::from_bytes(random(&*inner.random)?);
        let issued = inner.tokens.issue(&user, session.grant(inner.lifetimes), jti, self.now())?;
        self.tell(client, EventKind::Reauthenticated { user: session.user, session: session.id });
        Ok(FreshToken { access_token: issued.token, expires_in: issued.expires_in, session: session.id })
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

    /// Stores that the user has proved their identity now, and returns the current row. A concurrent refresh changes the
    /// record of the session, but not the result.
    async fn freshen(
        &self,
        mut proved: U,
        session: SessionId,
        password: &str,
        client: &Client,
    ) -> Result<(U, Session), AuthError> {
        let inner = self.inner();
        for _ in 0..TRIES {
            // The row is read after the session's generation: roles that are removed later make the token stale.
            let mut session = self.living(proved.id(), session).await?;
            let same = |user: &U| user.is_active() && Self::is_of(user, session.row);
            let current = inner.users.find(proved.id()).await?.filter(same).ok_or(AuthError::InvalidToken)?;
            let hash = proved.password_hash();
            if !Self::may_be(&current, &proved, hash) || !self.knows(&current, hash, password, client).await? {
                return Err(self.raced(current.id(), client));
            }
            if let Some(lacking) = lacking(&session.amr, &Amr::PASSWORD) {
                let (user, reason) = (Some(session.user), Refusal::StepUp);
                self.tell(client, EventKind::Refused { user, reason });
                return Err(AuthError::StepUpRequired(lacking));
            }
            session.auth_time = self.now();
            session.amr = session.amr.and(Amr::PASSWORD);
            let record = session.to_record(&inner.kinds.session, inner.lifetimes, self.now())?;
            if inner.records.replace(&record).await? {
                return Ok((current, session));
            }
            proved = current;
        }
        Err(AuthError::unavailable("the session was changed by too many at once"))
    }
}

/// Returns what is missing to make a session fresh that began with the methods in `began`, if only those in `proved`
/// were used now. A session has one time of login: if a weaker proof moved it, rules that ask for a recent login with
/// several factors would be met by a recent password and an old factor.
fn lacking(began: &Amr, proved: &Amr) -> Option<StepUp> {
    if began.contains(Amr::MFA) && !proved.contains(Amr::MFA) {
        return Some(StepUp { max_age: None, mfa: true });
    }
    None
}
