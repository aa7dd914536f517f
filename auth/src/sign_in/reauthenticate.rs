//! Step-up: a signed-in user proves their identity again, and the session becomes fresh.

use super::{Completed, FreshToken, PasswordSignIn, SignIn, may_be};
use crate::base::error::AuthError;
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, Refusal};
use crate::model::user::{AuthUser, is_same_row};
use crate::proof::{Evidence, Goal, Lacking, judge};
use crate::rate_limits::BegunAttempt;
use crate::session::record::Session;
use crate::store::TRIES;

impl<U: AuthUser> PasswordSignIn<U> {
    /// Makes a session fresh; see [`Auth::reauthenticate`](crate::Auth::reauthenticate).
    pub(crate) async fn reauthenticate(
        &self,
        begun: BegunAttempt,
        id: &U::Id,
        session: SessionId,
        password: &str,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let sessions = &self.engine.sessions;
        let stamp = sessions.living(id, session).await?.row;
        let same = |user: &U| user.is_active() && is_same_row(user, stamp);
        let user = self.engine.users.find(id).await?.filter(same).ok_or(AuthError::InvalidToken)?;
        self.verify_in_session(begun, &user, password, Some(session), client).await?;
        let (user, session) = self.freshen(user, session, password, client).await?;
        if sessions.has_ended(&session.id) {
            return Err(AuthError::InvalidToken);
        }
        let issued = sessions.access_token(&user, &session)?;
        self.report(client, EventKind::Reauthenticated { user: session.user, session: session.id });
        let token = FreshToken { access_token: issued.token, expires_in: issued.expires_in, session: session.id };
        Ok(SignIn::Complete(Completed::Freshened(token)))
    }

    /// Stores that the user has proved their identity now, and returns the current row. A concurrent refresh changes the
    /// record of the session, but not the result.
    async fn freshen(
        &self,
        mut verified: U,
        session: SessionId,
        password: &str,
        client: &ClientInfo,
    ) -> Result<(U, Session), AuthError> {
        for _ in 0..TRIES {
            // The row is read after the session's generation: roles that are removed later make the token stale.
            let session = self.engine.sessions.living(verified.id(), session).await?;
            let same = |user: &U| user.is_active() && is_same_row(user, session.row);
            let current = self.engine.users.find(verified.id()).await?.filter(same).ok_or(AuthError::InvalidToken)?;
            let hash = verified.password_hash();
            if !may_be(&current, &verified, hash) || !self.knows(&current, hash, password, client).await? {
                return Err(self.raced(current.id(), client));
            }
            let evidence = Evidence::of_password(current.clone(), session.generation);
            let proof = judge(evidence, Goal::Freshen(&session.amr)).map_err(|lacking| {
                let refused = EventKind::Refused { user: Some(session.user.clone()), reason: Refusal::StepUp };
                self.report(client, refused);
                match lacking {
                    Lacking::Stronger(step_up) => AuthError::StepUpRequired(step_up),
                    // No session of such an account goes on: signing in again asks for what is missing.
                    Lacking::Step(..) => AuthError::InvalidToken,
                }
            })?;
            if let Some(session) = self.engine.sessions.freshen(session, &proof).await? {
                return Ok((current, session));
            }
            verified = current;
        }
        Err(AuthError::unavailable("the session was changed by too many at once"))
    }
}
