//! Refresh: one token is spent, and the next ones are issued from the current row.

use super::{Sessions, Tokens};
use crate::base::error::AuthError;
use crate::base::random::random;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, LetterKind, RefreshRefusal};
use crate::model::user::AuthUser;
use crate::proof::{SEVERAL_FACTORS, may_continue, row_lacks_mfa};
use crate::session::record::Session;
use crate::session::refresh_token::{RefreshToken, Rotation};
use crate::store::{Record, StoreError, TRIES, uninterrupted};

impl<U: AuthUser> Sessions<U> {
    /// Exchanges a refresh token; see [`Auth::refresh`](crate::Auth::refresh).
    pub(crate) async fn refresh(&self, refresh_token: &str, client: &ClientInfo) -> Result<Tokens, AuthError> {
        let presented = RefreshToken::parse(refresh_token);
        self.limits.limit_refresh(presented.as_ref().map(RefreshToken::session), client)?;
        let Some(presented) = presented else {
            return self.refuse_refresh(None, RefreshRefusal::Malformed, client);
        };
        for _ in 0..TRIES {
            let Some((record, epoch)) = self.session_with_epoch(presented.session()).await? else {
                return self.refuse_refresh(Some(&presented), RefreshRefusal::Unknown, client);
            };
            let mut session = Session::from_record(record)?;
            let now = self.now();
            if session.ended || self.feed.has_ended(&session.id) {
                // The session was ended, but the store failed before its record was deleted. Delete it now.
                self.revoke(session.id, &session.user, None).await?;
                return self.refuse_refresh(Some(&presented), RefreshRefusal::Revoked, client);
            }
            if session.expires_at(self.settings.lifetimes) <= now {
                return self.refuse_refresh(Some(&presented), RefreshRefusal::Expired, client);
            }
            let rotation = session.ratchet.rotate(&presented, random(&*self.random)?, now, self.settings.grace);
            if matches!(rotation, Rotation::Reuse) {
                return self.report_theft(&session, client).await;
            }
            let user = match self.session_user(&session, epoch).await? {
                Ok(user) => user,
                Err(reason) => return self.refuse_refresh(Some(&presented), reason, client),
            };
            if row_lacks_mfa(&user.0, &session.amr) {
                // The token is not spent: whoever reauthenticates with a factor goes on with it.
                let (session, reason) = (Some(session.id), RefreshRefusal::StepUp);
                self.reporter.report(client, EventKind::RefreshRefused { session, reason });
                return Err(AuthError::StepUpRequired(SEVERAL_FACTORS));
            }
            session.generation = user.1;
            let (next, rotated) = match rotation {
                Rotation::Advance(ratchet, child) => {
                    session.ratchet = ratchet;
                    session.last_used_at = now;
                    session.client = client.clone();
                    session.row = user.0.created();
                    let record = session.to_record(&self.kinds.session, self.settings.lifetimes, now)?;
                    if !self.records.replace(&record).await? {
                        continue;
                    }
                    (child, true)
                }
                Rotation::Repeat(token) => (token, false),
                Rotation::Reuse => return Err(AuthError::InvalidRefreshToken),
            };
            self.reporter
                .report(client, EventKind::Refreshed { user: session.user.clone(), session: session.id, rotated });
            return self.tokens(&user.0, &session, &next);
        }
        Err(AuthError::unavailable("the session was changed by too many at once"))
    }

    /// Returns the user of a session and the generation to continue with, or why the session must not continue.
    pub(super) async fn session_user(
        &self,
        session: &Session,
        epoch: Option<Record>,
    ) -> Result<Result<(U, u64), RefreshRefusal>, AuthError> {
        let id: U::Id = session.user.parse().map_err(|_| StoreError::corrupt("a session's user id cannot be read"))?;
        // An id may be written in another way than when the session began; its epoch has the present one.
        let epoch = if session.user == id.to_string() {
            self.feed.epoch_of(epoch.as_ref())?
        } else {
            self.feed.stored_epoch(&id).await?
        };
        if !epoch.accepts_session(&session.id, session.generation) {
            return Ok(Err(RefreshRefusal::Revoked));
        }
        let user = self.users.find(&id).await?;
        let user = user.filter(|user| may_continue(user, session.row));
        Ok(user.map(|user| (user, epoch.generation)).ok_or(RefreshRefusal::Inactive))
    }

    fn refuse_refresh(
        &self,
        token: Option<&RefreshToken>,
        reason: RefreshRefusal,
        client: &ClientInfo,
    ) -> Result<Tokens, AuthError> {
        self.reporter.report(client, EventKind::RefreshRefused { session: token.map(RefreshToken::session), reason });
        Err(AuthError::InvalidRefreshToken)
    }

    /// The thief and the owner cannot be told apart, so both lose the session (RFC 9700 §4.14.2).
    async fn report_theft(&self, session: &Session, client: &ClientInfo) -> Result<Tokens, AuthError> {
        if let Some(this) = self.this.upgrade() {
            let (session, client) = (session.clone(), client.clone());
            uninterrupted(async move { this.end_and_tell(&session, &client).await }).await??;
        }
        Err(AuthError::InvalidRefreshToken)
    }

    async fn end_and_tell(&self, session: &Session, client: &ClientInfo) -> Result<(), AuthError> {
        self.revoke(session.id, &session.user, None).await?;
        self.reporter.report(client, EventKind::RefreshReused { user: session.user.clone(), session: session.id });
        let id = session.user.parse::<U::Id>().ok();
        if let (Some(outbox), Some(id)) = (&self.outbox, id)
            && let Ok(Some(user)) = self.users.find(&id).await
        {
            outbox.notify_later(&self.limits, user, LetterKind::RefreshReused, None, client);
        }
        Ok(())
    }
}
