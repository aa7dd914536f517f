//! Ends sessions: memory refuses at once, the store makes it permanent, then the event is reported.
//!
//! Ending a session takes four steps: it is refused from memory at once; its record is marked as ended, after which no
//! refresh can succeed, whatever fails next; the revocation is stored; the record is removed. Nothing is acknowledged
//! before all of it is stored.

use super::{CompletionGuard, Sessions};
use crate::base::error::AuthError;
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::session::record::Session;
use crate::session::refresh_token::RefreshToken;
use crate::store::{Record, Update, update};

/// What becomes of a record that says that its session has ended.
#[derive(Clone, Copy)]
enum Stamp {
    /// It is deleted.
    MayGo,
    /// It stays, because the client has a token from which the session could begin again.
    Stays { was_alive: bool },
}

impl<U: AuthUser> Sessions<U> {
    /// Ends a session; returns whether it existed. Its access tokens are refused at once. If it is interrupted, the
    /// rest is done later, because the client may be gone by now.
    ///
    /// `record` is the session as the caller has just read it, if it has.
    pub(crate) async fn revoke(
        &self,
        session: SessionId,
        owner: &str,
        record: Option<Record>,
    ) -> Result<bool, AuthError> {
        let guard = CompletionGuard::session(self, session, owner);
        let there = self.revoke_now(session, owner, record).await?;
        guard.disarm();
        Ok(there)
    }

    /// Does the same for callers that make sure it is completed.
    pub(crate) async fn revoke_now(
        &self,
        session: SessionId,
        owner: &str,
        record: Option<Record>,
    ) -> Result<bool, AuthError> {
        let key = session.to_string();
        // Memory first: it can only refuse. If the store fails below, this process already treats the session as ended,
        // the caller gets the error, and a retry completes it.
        self.feed.refuse_session(session);
        let stamp = self.stamp_ended(&key, record).await?;
        self.feed.store_ended(session, owner).await?;
        if let Stamp::Stays { was_alive } = stamp {
            // Without the record, the next request with the former token would begin the session again.
            return Ok(was_alive);
        }
        // The record of the session is deleted last. If a write fails, it is still there, and a retry (with the refresh
        // token or the session's id) finds it and completes the ending.
        Ok(self.records.delete(&self.kinds.session, &key).await?)
    }

    /// Marks the session record as ended, in one conditional write. After it no refresh succeeds, even if the store
    /// fails to do the rest and nobody retries for a long time.
    async fn stamp_ended(&self, key: &str, known: Option<Record>) -> Result<Stamp, AuthError> {
        let ended = |stored: Option<Record>| -> Result<_, AuthError> {
            // An unreadable record cannot be refreshed; it can still be deleted.
            let Some(mut session) = stored.map(Session::from_record).and_then(Result::ok) else {
                return Ok(Update::Keep(Stamp::MayGo));
            };
            let was_alive = !session.ended;
            let stamp = if session.former.is_some() { Stamp::Stays { was_alive } } else { Stamp::MayGo };
            if !was_alive {
                return Ok(Update::Keep(stamp));
            }
            session.ended = true;
            Ok(Update::Write(session.to_record(&self.kinds.session, self.settings.lifetimes, self.now())?, stamp))
        };
        let place = (self.kinds.session.as_str(), key);
        update(&*self.records, place, known, "the session", ended).await.map(|(stamp, _)| stamp)
    }

    /// Ends a session and reports it.
    pub(crate) async fn end(
        &self,
        session: SessionId,
        owner: &str,
        record: Option<Record>,
        client: &ClientInfo,
    ) -> Result<bool, AuthError> {
        let there = self.revoke(session, owner, record).await?;
        if there {
            self.reporter.report(client, EventKind::SessionEnded { user: owner.to_owned(), session });
        }
        Ok(there)
    }

    /// Ends the session of a refresh token; see [`Auth::logout`](crate::Auth::logout).
    pub(crate) async fn logout(&self, refresh_token: &str, client: &ClientInfo) -> Result<(), AuthError> {
        let Some(token) = RefreshToken::parse(refresh_token) else { return Ok(()) };
        self.limits.limit_logout(token.session(), client)?;
        if let Some(record) = self.records.get(&self.kinds.session, &token.session().to_string()).await? {
            let owner = record.owner.clone();
            self.end(token.session(), &owner, Some(record), client).await?;
        }
        Ok(())
    }

    /// Ends a session if it is the user's; see [`Auth::end_session`](crate::Auth::end_session).
    pub(crate) async fn end_session(
        &self,
        id: &U::Id,
        session: SessionId,
        client: &ClientInfo,
    ) -> Result<bool, AuthError> {
        let owner = id.to_string();
        match self.records.get(&self.kinds.session, &session.to_string()).await? {
            Some(record) if record.owner == owner => self.end(session, &owner, Some(record), client).await,
            _ => Ok(false),
        }
    }
}
