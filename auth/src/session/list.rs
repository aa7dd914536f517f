//! The sessions of a user: listed, and limited in number.
//!
//! The session limit decides nothing (`make_room_for`). It runs after everything that can refuse the login, ends only
//! sessions older than the new one, in the same order on every instance, and at most five. If it fails, the login still
//! succeeds, and the next one catches up.

use std::time::SystemTime;

use super::{SessionInfo, Sessions};
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::user::{AuthUser, is_same_row};
use crate::revocation::epoch::RevocationEpoch;
use crate::session::record::Session;
use crate::store::{Record, StoreError};

/// How many old sessions one login ends: each takes four calls of the store while the client waits.
const MOST_ENDED: usize = 5;

impl<U: AuthUser> Sessions<U> {
    /// Enforces the maximum number of sessions of a user by ending the least recently used ones (REF-20). A script that
    /// signs in on each run ends its own old sessions, not that of a browser, which keeps refreshing.
    ///
    /// Only sessions older than this one end, in the same order for every process: two concurrent logins never end each
    /// other.
    pub(crate) async fn make_room_for(
        &self,
        session: &Session,
        (epoch, sessions): (&RevocationEpoch, Result<Vec<Record>, StoreError>),
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        // They were listed before the hook of the application, which may take long.
        if self.only_live(sessions?, &session.user, epoch).len() <= self.settings.per_user {
            return Ok(());
        }
        let sessions = self.records.list(&self.kinds.session, &session.user).await?;
        let mut live = self.only_live(sessions, &session.user, epoch);
        let excess = live.len().saturating_sub(self.settings.per_user);
        let age = |session: &Session| (session.last_used_at, session.created_at, session.id.to_string());
        let own = age(session);
        live.retain(|other| age(other) < own);
        live.sort_by_cached_key(age);
        for oldest in live.iter().take(excess.min(MOST_ENDED)) {
            self.end(oldest.id, &oldest.user, None, client).await?;
        }
        Ok(())
    }

    /// Returns the user's epoch for a sign-in, as [`epoch`](Self::epoch) does, and the records of their sessions.
    pub(crate) async fn epoch_and_sessions(
        &self,
        id: &U::Id,
    ) -> Result<(RevocationEpoch, Result<Vec<Record>, StoreError>), AuthError> {
        self.complete_pending_for(id).await?;
        let owner = id.to_string();
        let (epoch, sessions) = self.get_with_sessions((&self.kinds.epoch, &owner), &owner).await?;
        Ok((self.feed.epoch_of(epoch.as_ref())?, sessions))
    }

    /// Reads a record and the sessions of an owner at once. Sessions that cannot be listed are no reason to do without the
    /// record.
    pub(super) async fn get_with_sessions(
        &self,
        (kind, key): (&str, &str),
        owner: &str,
    ) -> Result<(Option<Record>, Result<Vec<Record>, StoreError>), StoreError> {
        match self.records.get_and_list((kind, key), (&self.kinds.session, owner)).await {
            Err(error) => Ok((self.records.get(kind, key).await?, Err(error))),
            Ok((record, sessions)) => Ok((record, Ok(sessions))),
        }
    }

    /// Returns those of the owner's sessions that are alive. One with an unreadable record cannot be refreshed, so it is
    /// left out.
    fn only_live(&self, sessions: Vec<Record>, owner: &str, epoch: &RevocationEpoch) -> Vec<Session> {
        let now = self.now();
        let mut live = Vec::new();
        for record in sessions {
            match Session::from_record(record) {
                Ok(session)
                    if !session.ended
                        && !self.feed.has_ended(&session.id)
                        && session.expires_at(self.settings.lifetimes) > now
                        && epoch.accepts_session(&session.id, session.generation) =>
                {
                    live.push(session);
                }
                Ok(_) => {}
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(target: "auth::store", error, user = owner, "a session cannot be read: it is left out");
                }
            }
        }
        live
    }

    /// Lists the user's sessions; see [`Auth::sessions`](crate::Auth::sessions).
    pub(crate) async fn list(&self, id: &U::Id) -> Result<Vec<SessionInfo>, AuthError> {
        let owner = id.to_string();
        let (epoch, sessions) = self.get_with_sessions((&self.kinds.epoch, &owner), &owner).await?;
        let epoch = self.feed.epoch_of(epoch.as_ref())?;
        let mut live = self.only_live(sessions?, &owner, &epoch);
        if live.iter().any(|session| session.row.is_some()) {
            self.only_of_the_row(id, &mut live).await?;
        }
        live.sort_by_key(|session| std::cmp::Reverse((session.last_used_at, session.created_at)));
        Ok(live.into_iter().map(|session| self.info(session)).collect())
    }

    /// Leaves out the sessions of an earlier row with this id. They cannot be continued.
    async fn only_of_the_row(&self, id: &U::Id, sessions: &mut Vec<Session>) -> Result<(), AuthError> {
        match self.users.find(id).await {
            // Nobody knows, and the owner of the sessions may look for one that is not theirs.
            Err(error) if error.is_corrupt() => {}
            row => {
                let row = row?;
                sessions.retain(|session| row.as_ref().is_some_and(|row| is_same_row(row, session.row)));
            }
        }
        Ok(())
    }

    fn info(&self, session: Session) -> SessionInfo {
        let time = |at: Timestamp| SystemTime::from(at);
        SessionInfo {
            id: session.id,
            created_at: time(session.created_at),
            last_used_at: time(session.last_used_at),
            expires_at: time(session.expires_at(self.settings.lifetimes)),
            ip: session.client.ip,
            user_agent: session.client.user_agent,
            former_token: session.former.is_some(),
        }
    }
}
