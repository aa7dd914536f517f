//! A session becomes fresh: its user has proved their identity again.

use super::Sessions;
use crate::base::error::AuthError;
use crate::model::claims::{Amr, SessionId};
use crate::model::user::AuthUser;
use crate::proof::Proof;
use crate::session::record::Session;

impl<U: AuthUser> Sessions<U> {
    /// Returns the session if it is the user's and has not ended, with its current generation.
    pub(crate) async fn living(&self, id: &U::Id, session: SessionId) -> Result<Session, AuthError> {
        let (record, epoch) = self.session_with_epoch(session).await?.ok_or(AuthError::InvalidToken)?;
        let mut session = Session::from_record(record)?;
        let epoch = self.feed.epoch_of(epoch.as_ref())?;
        let alive = session.user == id.to_string()
            && !session.ended
            && !self.feed.has_ended(&session.id)
            && session.expires_at(self.settings.lifetimes) > self.now()
            && epoch.accepts_session(&session.id, session.generation);
        session.generation = epoch.generation;
        if alive { Ok(session) } else { Err(AuthError::InvalidToken) }
    }

    /// Stores that the user has proved their identity now. `None` if the session was changed meanwhile.
    pub(crate) async fn freshen(&self, mut session: Session, proof: &Proof<U>) -> Result<Option<Session>, AuthError> {
        session.auth_time = self.now();
        // There is one time, so an earlier passkey does not count beside what is recent and less: otherwise the two would
        // meet a rule that asks for a recent passkey.
        let before = session.amr.clone();
        let before = if proof.amr().has_passkey() { before } else { before.without_passkey() };
        let amr = before.and(proof.amr().clone());
        self.set_amr(session, amr).await
    }

    /// Stores how the user has proved their identity in the session, which is no fresher for it. `None` if the session was
    /// changed meanwhile.
    pub(crate) async fn set_amr(&self, mut session: Session, amr: Amr) -> Result<Option<Session>, AuthError> {
        session.amr = amr;
        let record = session.to_record(&self.kinds.session, self.settings.lifetimes, self.now())?;
        Ok(self.records.replace(&record).await?.then_some(session))
    }

    /// Returns whether the session has ended, as far as this process knows.
    pub(crate) fn has_ended(&self, session: &SessionId) -> bool {
        self.feed.has_ended(session)
    }
}
