//! The mark of a user, which refuses what was issued before it was raised.

use super::{Sessions, Unfinished};
use crate::claims::SessionId;
use crate::client_info::Client;
use crate::error::AuthError;
use crate::event::EventKind;
use crate::revocation::mark::{Mark, Raise};
use crate::revocation::{TRIES, too_many};
use crate::session::record::Session;
use crate::user::AuthUser;

impl<U: AuthUser> Sessions<U> {
    /// Returns the user's mark for a sign-in, after completing unfinished work that concerns this user.
    pub(crate) async fn mark(&self, id: &U::Id) -> Result<Mark, AuthError> {
        self.settle(id).await?;
        self.feed.stored_mark(id).await
    }

    /// Reads a mark that nobody has: for an account that does not exist, as many queries are made as for another.
    pub(crate) async fn mark_of_nobody(&self) -> Result<Mark, AuthError> {
        self.records.get(&self.kinds.mark, "").await?;
        Ok(Mark::default())
    }

    /// Raises the mark as the last step of unfinished work.
    pub(crate) async fn raise_again(
        &self,
        id: &U::Id,
        raise: Raise,
        unfinished: &mut Unfinished<U>,
    ) -> Result<Mark, AuthError> {
        let stored = self.feed.mark_record(id).await?;
        unfinished.mark_was(self.feed.mark_of(stored.as_ref())?.generation);
        match self.feed.raise_from(id, stored, raise).await? {
            Some(mark) => Ok(mark),
            None => self.feed.raise(id, raise).await,
        }
    }

    /// Raises the mark before a row is written. A session to be spared must be alive: of two concurrent password
    /// changes, the first one here ends the session of the second, which must then not end that of the first.
    pub(crate) async fn raise_first(&self, id: &U::Id, raise: Raise) -> Result<(), AuthError> {
        for _ in 0..TRIES {
            let stored = self.feed.mark_record(id).await?;
            self.may_spare(raise, self.feed.mark_of(stored.as_ref())?).await?;
            if self.feed.raise_from(id, stored, raise).await?.is_some() {
                return Ok(());
            }
        }
        Err(too_many())
    }

    /// Refuses to spare a session that has ended. The mark must have been read before, and the new one must only be
    /// stored if it is still the same: whatever ends all of the user's sessions after that read raises the mark. (A
    /// session that is ended by itself stays refused whatever the mark says.)
    pub(crate) async fn may_spare(&self, raise: Raise, mark: Mark) -> Result<(), AuthError> {
        let Raise::Sessions { except: Some(session) } = raise else { return Ok(()) };
        if self.goes_on(session, mark).await? { Ok(()) } else { Err(AuthError::InvalidToken) }
    }

    async fn goes_on(&self, session: SessionId, mark: Mark) -> Result<bool, AuthError> {
        let record = self.records.get(&self.kinds.session, &session.to_string()).await?;
        let stored = record.map(Session::from_record).transpose()?;
        // A session that is not stored has ended, and the store may know it before this process does; or it belongs to a
        // test, and the mark decides.
        let generation = stored.as_ref().map_or(0, |session| session.generation);
        let ended = match stored {
            Some(session) => session.ended,
            None => self.feed.is_stored_as_ended(&session).await?,
        };
        let ended = ended || self.feed.has_ended(&session);
        Ok(!ended && mark.accepts_session(&session, generation))
    }

    /// Ends every session of the user.
    pub(crate) async fn end_all(&self, id: &U::Id, client: &Client) -> Result<(), AuthError> {
        let raise = Raise::ALL;
        let mut unfinished = Unfinished::mark(self, id, raise);
        let mark = self.raise_again(id, raise, &mut unfinished).await?;
        self.sessions_ended(id, &mark, None, unfinished, client).await;
        Ok(())
    }

    /// Reports that the sessions have ended, which the mark has done already. Deleting their records is housekeeping:
    /// if it fails, it is done later.
    pub(crate) async fn sessions_ended(
        &self,
        id: &U::Id,
        mark: &Mark,
        except: Option<SessionId>,
        unfinished: Unfinished<U>,
        client: &Client,
    ) {
        self.reporter.report(client, EventKind::SessionsEnded { user: id.to_string(), except });
        if self.forget_ended(id, mark).await.is_ok() {
            unfinished.finish();
        }
    }

    /// Deletes the records of sessions that the mark has ended, so that listings need not skip them. They are deleted
    /// one by one, so that a session that began meanwhile is not affected.
    pub(crate) async fn forget_ended(&self, id: &U::Id, mark: &Mark) -> Result<(), AuthError> {
        for record in self.records.list(&self.kinds.session, &id.to_string()).await? {
            let key = record.key.clone();
            // An unreadable record cannot be refreshed.
            if !Session::from_record(record).is_ok_and(|session| mark.accepts_session(&session.id, session.generation))
            {
                self.records.take(&self.kinds.session, &key).await?;
            }
        }
        Ok(())
    }

    /// The application wrote the row itself: access tokens must be refreshed, and if the account is gone or inactive,
    /// its sessions end. A row that this release cannot read has changed all the more.
    pub(crate) async fn row_was_written(&self, id: &U::Id, client: &Client) -> Result<(), AuthError> {
        let goes_on = match self.users.find(id).await {
            Err(error) if error.is_corrupt() => true,
            row => row?.is_some_and(|user| user.is_active()),
        };
        if goes_on { self.feed.raise(id, Raise::Tokens).await.map(drop) } else { self.end_all(id, client).await }
    }
}
