//! The epoch of a user, which refuses what was issued before it was bumped.

use super::{CompletionGuard, Sessions};
use crate::api_keys::end_all as end_all_keys;
use crate::base::error::AuthError;
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::revocation::epoch::{Bump, RevocationEpoch};
use crate::revocation::too_many;
use crate::session::record::Session;
use crate::store::{Record, StoreError, TRIES};

impl<U: AuthUser> Sessions<U> {
    /// Returns the user's epoch for a sign-in, after completing unfinished work that concerns this user.
    pub(crate) async fn epoch(&self, id: &U::Id) -> Result<RevocationEpoch, AuthError> {
        self.complete_pending_for(id).await?;
        self.feed.stored_epoch(id).await
    }

    /// Reads an epoch that nobody has: for an account that does not exist, as many queries are made as for another.
    pub(crate) async fn epoch_of_nobody(&self) -> Result<RevocationEpoch, AuthError> {
        self.records.get(&self.kinds.epoch, "").await?;
        Ok(RevocationEpoch::default())
    }

    /// Bumps the epoch as the last step of unfinished work.
    pub(crate) async fn bump_again(
        &self,
        id: &U::Id,
        bump: Bump,
        guard: &mut CompletionGuard<U>,
    ) -> Result<RevocationEpoch, AuthError> {
        let stored = self.feed.epoch_record(id).await?;
        guard.epoch_was(self.feed.epoch_of(stored.as_ref())?.generation);
        match self.feed.bump_from(id, stored, bump).await? {
            Some(epoch) => Ok(epoch),
            None => self.feed.bump(id, bump).await,
        }
    }

    /// Bumps the epoch before a row is written. A session to be spared must be alive: of two concurrent password
    /// changes, the first one here ends the session of the second, which must then not end that of the first. Returns
    /// whether what was issued in `generation` was still good, and does nothing if not.
    pub(crate) async fn bump_first(&self, generation: Option<u64>, id: &U::Id, bump: Bump) -> Result<bool, AuthError> {
        for _ in 0..TRIES {
            let (stored, spared) = self.epoch_and_spared(id, bump).await?;
            let epoch = self.feed.epoch_of(stored.as_ref())?;
            if generation.is_some_and(|generation| !epoch.accepts_generation(generation)) {
                return Ok(false);
            }
            self.check_spared(bump, spared, epoch).await?;
            if self.feed.bump_from(id, stored, bump).await?.is_some() {
                return Ok(true);
            }
        }
        Err(too_many())
    }

    /// Reads the user's epoch, and the session that a bump is to spare.
    pub(crate) async fn epoch_and_spared(
        &self,
        id: &U::Id,
        bump: Bump,
    ) -> Result<(Option<Record>, Option<Record>), AuthError> {
        if let Bump::Sessions { except: Some(session) } = bump
            && let Some((session, epoch)) = self.session_with_epoch(session).await?
        {
            let is_theirs = session.owner == id.to_string();
            return Ok((if is_theirs { epoch } else { self.feed.epoch_record(id).await? }, Some(session)));
        }
        Ok((self.feed.epoch_record(id).await?, None))
    }

    /// Refuses to spare a session that has ended. The epoch must have been read no earlier than the session, and the new
    /// one be stored only in its place: what ended all of the user's sessions before is in it, and what ends them later
    /// makes that write fail. (A session that is ended by itself stays refused whatever the epoch says.)
    pub(crate) async fn check_spared(
        &self,
        bump: Bump,
        spared: Option<Record>,
        epoch: RevocationEpoch,
    ) -> Result<(), AuthError> {
        let Bump::Sessions { except: Some(session) } = bump else { return Ok(()) };
        if self.session_continues(session, spared, epoch).await? { Ok(()) } else { Err(AuthError::InvalidToken) }
    }

    async fn session_continues(
        &self,
        session: SessionId,
        record: Option<Record>,
        epoch: RevocationEpoch,
    ) -> Result<bool, AuthError> {
        let stored = record.map(Session::from_record).transpose()?;
        // A session that is not stored has ended, and the store may know it before this process does; or it belongs to a
        // test, and the epoch decides.
        let generation = stored.as_ref().map_or(0, |session| session.generation);
        let ended = match stored {
            Some(session) => session.ended,
            None => self.feed.is_stored_as_ended(&session).await?,
        };
        let ended = ended || self.feed.has_ended(&session);
        Ok(!ended && epoch.accepts_session(&session, generation))
    }

    /// Ends every session of the user.
    pub(crate) async fn end_all(&self, id: &U::Id, client: &ClientInfo) -> Result<(), AuthError> {
        let bump = Bump::ALL;
        let mut guard = CompletionGuard::epoch(self, id, bump);
        let epoch = self.bump_again(id, bump, &mut guard).await?;
        self.sessions_ended(id, &epoch, None, guard, client).await;
        Ok(())
    }

    /// Does what follows when an epoch was stored together with the change of a row.
    pub(crate) async fn finish_change(
        &self,
        id: &U::Id,
        epoch: RevocationEpoch,
        bump: Bump,
        guard: CompletionGuard<U>,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let owner = id.to_string();
        let Bump::Sessions { except } = bump else {
            if !self.feed.is_above_the_floor(epoch.generation).await? {
                self.feed.bump(id, bump.again()).await?;
            }
            guard.disarm();
            return Ok(());
        };
        let (floor, sessions) = self.get_with_sessions(self.feed.place_of_floor(), &owner).await?;
        if !self.feed.is_above(floor.as_ref(), epoch.generation)? {
            let epoch = self.feed.bump(id, bump.again()).await?;
            self.sessions_ended(id, &epoch, except, guard, client).await;
            return Ok(());
        }
        self.reporter.report(client, EventKind::SessionsEnded { user: owner, except });
        if self.delete_ended(sessions, &epoch).await.is_ok() {
            guard.disarm();
        }
        Ok(())
    }

    /// Reports that the sessions have ended, which the epoch has done already. Deleting their records is housekeeping:
    /// if it fails, it is done later.
    pub(crate) async fn sessions_ended(
        &self,
        id: &U::Id,
        epoch: &RevocationEpoch,
        except: Option<SessionId>,
        guard: CompletionGuard<U>,
        client: &ClientInfo,
    ) {
        self.reporter.report(client, EventKind::SessionsEnded { user: id.to_string(), except });
        if self.delete_ended_sessions(id, epoch).await.is_ok() {
            guard.disarm();
        }
    }

    /// Deletes the records of sessions that the epoch has ended, so that listings need not skip them.
    pub(crate) async fn delete_ended_sessions(&self, id: &U::Id, epoch: &RevocationEpoch) -> Result<(), AuthError> {
        let sessions = self.records.list(&self.kinds.session, &id.to_string()).await;
        self.delete_ended(sessions, epoch).await
    }

    /// Deletes those of the sessions, one by one, so that a session that began meanwhile is not affected. If they cannot
    /// be read, they stay, and the epoch refuses them: trying again would not help, and the user's next login would wait
    /// for it.
    async fn delete_ended(
        &self,
        sessions: Result<Vec<Record>, StoreError>,
        epoch: &RevocationEpoch,
    ) -> Result<(), AuthError> {
        let sessions = match sessions {
            Err(error) if error.is_corrupt() => return Ok(()),
            sessions => sessions?,
        };
        for record in sessions {
            let key = record.key.clone();
            // An unreadable record cannot be refreshed.
            if !Session::from_record(record).is_ok_and(|session| epoch.accepts_session(&session.id, session.generation))
            {
                self.records.delete(&self.kinds.session, &key).await?;
            }
        }
        Ok(())
    }

    /// The application wrote the row itself: what `bump` says is out of date, and if the account is gone or inactive, its
    /// sessions and API keys end. A row that this release cannot read has changed all the more.
    pub(crate) async fn reconcile_row(&self, id: &U::Id, bump: Bump, client: &ClientInfo) -> Result<(), AuthError> {
        // At once here, whatever happens next.
        self.feed.invalidate_row(id);
        let session_continues = match self.users.find(id).await {
            Err(error) if error.is_corrupt() => true,
            row => row?.is_some_and(|user| user.is_active()),
        };
        if session_continues {
            return self.feed.bump(id, bump).await.map(drop);
        }
        end_all_keys((&*self.records, &self.kinds), &id.to_string()).await?;
        self.end_all(id, client).await
    }
}
