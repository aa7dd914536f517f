//! The mark of a user, which refuses what was issued before it was raised.

use super::Auth;
use super::revoke::TRIES;
use super::unfinished::Unfinished;
use crate::claims::SessionId;
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::event::EventKind;
use crate::store::{Record, StoreError};
use crate::token::mark::{Mark, Raise};
use crate::token::session::{Client, Session};
use crate::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// Returns the user's mark for a sign-in, after completing unfinished work that concerns this user.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "the only way to sign in so far"))]
    pub(crate) async fn mark(&self, id: &U::Id) -> Result<Mark, AuthError> {
        self.settle(id).await?;
        self.stored_mark(id).await
    }

    /// Returns the user's mark as stored.
    pub(crate) async fn stored_mark(&self, id: &U::Id) -> Result<Mark, AuthError> {
        Ok(self.mark_of(self.mark_record(id).await?.as_ref())?)
    }

    /// Raises the user's mark and returns it. From then on, what the mark refuses is refused everywhere in this
    /// process.
    pub(super) async fn raise(&self, id: &U::Id, raise: Raise) -> Result<Mark, AuthError> {
        for _ in 0..TRIES {
            let stored = self.mark_record(id).await?;
            if let Some(mark) = self.raise_from(id, stored, raise).await? {
                return Ok(mark);
            }
        }
        Err(too_many())
    }

    /// Raises the mark as the last step of unfinished work.
    pub(super) async fn raise_again(
        &self,
        id: &U::Id,
        raise: Raise,
        unfinished: &mut Unfinished<U>,
    ) -> Result<Mark, AuthError> {
        let stored = self.mark_record(id).await?;
        unfinished.mark_was(self.mark_of(stored.as_ref())?.generation);
        match self.raise_from(id, stored, raise).await? {
            Some(mark) => Ok(mark),
            None => self.raise(id, raise).await,
        }
    }

    /// Raises the mark before a row is written. A session to be spared must be alive: of two concurrent password
    /// changes, the first one here ends the session of the second, which must then not end that of the first.
    pub(super) async fn raise_first(&self, id: &U::Id, raise: Raise) -> Result<(), AuthError> {
        for _ in 0..TRIES {
            let stored = self.mark_record(id).await?;
            self.may_spare(raise, self.mark_of(stored.as_ref())?).await?;
            if self.raise_from(id, stored, raise).await?.is_some() {
                return Ok(());
            }
        }
        Err(too_many())
    }

    /// Refuses to spare a session that has ended. The mark must have been read before, and the new one must only be
    /// stored if it is still the same: whatever ends all of the user's sessions after that read raises the mark. (A
    /// session that is ended by itself stays refused whatever the mark says.)
    pub(super) async fn may_spare(&self, raise: Raise, mark: Mark) -> Result<(), AuthError> {
        let Raise::Sessions { except: Some(session) } = raise else { return Ok(()) };
        if self.goes_on(session, mark).await? { Ok(()) } else { Err(AuthError::InvalidToken) }
    }

    /// Returns the mark of a record; without a record, a mark that has never been raised.
    pub(super) fn mark_of(&self, record: Option<&Record>) -> Result<Mark, StoreError> {
        let mark = record.map(Mark::from_record).transpose()?.unwrap_or_default();
        Ok(mark.above(self.inner().revocations.floor()))
    }

    async fn goes_on(&self, session: SessionId, mark: Mark) -> Result<bool, AuthError> {
        let inner = self.inner();
        let record = inner.records.get(&inner.kinds.session, &session.to_string()).await?;
        let stored = record.map(Session::from_record).transpose()?;
        // A session that is not stored has ended, and the store may know it before this process does; or it belongs to a
        // test, and the mark decides.
        let generation = stored.as_ref().map_or(0, |session| session.generation);
        let ended = match stored {
            Some(session) => session.ended,
            None => inner.records.get(&inner.kinds.revoked, &session.to_string()).await?.is_some(),
        };
        let ended = ended || inner.revocations.ended(&session);
        Ok(!ended && mark.accepts_session(&session, generation))
    }

    pub(super) async fn mark_record(&self, id: &U::Id) -> Result<Option<Record>, AuthError> {
        let inner = self.inner();
        Ok(inner.records.get(&inner.kinds.mark, &id.to_string()).await?)
    }

    /// Raises the mark of this record; returns `None` if the record has changed.
    async fn raise_from(&self, id: &U::Id, stored: Option<Record>, raise: Raise) -> Result<Option<Mark>, AuthError> {
        let mark = self.mark_of(stored.as_ref())?.raised(raise);
        let record = self.record_of(id.to_string(), mark, stored.as_ref())?;
        let (written, version) = match stored {
            Some(_) => (self.inner().records.replace(&record).await?, record.version.saturating_add(1)),
            None => (self.inner().records.insert(&record).await?, record.version),
        };
        if !written {
            return Ok(None);
        }
        self.know(id, mark);
        self.written(Record { version, ..record }).await?;
        Ok(self.is_above_the_floor(mark).await?.then_some(mark))
    }

    /// Returns whether a mark just stored counts. If another process has ended everything meanwhile, it has to be raised
    /// above that: whoever signed in since would not notice it otherwise.
    pub(super) async fn is_above_the_floor(&self, mark: Mark) -> Result<bool, AuthError> {
        self.read_floor().await?;
        Ok(mark.generation >= self.inner().revocations.floor())
    }

    /// Returns the record of a mark, with the version of the stored one.
    pub(super) fn record_of(&self, owner: String, mark: Mark, stored: Option<&Record>) -> Result<Record, StoreError> {
        Ok(Record {
            kind: self.inner().kinds.mark.clone(),
            key: owner.clone(),
            owner,
            value: mark.to_text()?,
            version: stored.map_or(1, |record| record.version),
            // Marks never expire: a counter that starts over would make old sessions valid again, and databases reuse
            // ids.
            expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
            changed_at: self.now(),
        })
    }

    /// Takes a stored mark into memory.
    pub(super) fn know(&self, id: &U::Id, mark: Mark) {
        let (inner, now) = (self.inner(), self.now());
        // Before the mark, so that callers admitted by the new mark do not get the old row.
        if let Some(rows) = &inner.rows {
            rows.forget(id);
        }
        inner.revocations.mark_user(id, mark, self.tokens_end(now), now);
    }

    /// Ends every session of the user.
    pub(super) async fn end_all(&self, id: &U::Id, client: &Client) -> Result<(), AuthError> {
        let raise = Raise::ALL;
        let mut unfinished = Unfinished::mark(self, id, raise);
        let mark = self.raise_again(id, raise, &mut unfinished).await?;
        self.sessions_ended(id, &mark, None, unfinished, client).await;
        Ok(())
    }

    /// Reports that the sessions have ended, which the mark has done already. Deleting their records is housekeeping:
    /// if it fails, it is done later.
    pub(super) async fn sessions_ended(
        &self,
        id: &U::Id,
        mark: &Mark,
        except: Option<SessionId>,
        unfinished: Unfinished<U>,
        client: &Client,
    ) {
        self.tell(client, EventKind::SessionsEnded { user: id.to_string(), except });
        if self.forget_ended(id, mark).await.is_ok() {
            unfinished.finish();
        }
    }

    /// Deletes the records of sessions that the mark has ended, so that listings need not skip them. They are deleted
    /// one by one, so that a session that began meanwhile is not affected.
    pub(super) async fn forget_ended(&self, id: &U::Id, mark: &Mark) -> Result<(), AuthError> {
        let inner = self.inner();
        for record in inner.records.list(&inner.kinds.session, &id.to_string()).await? {
            let key = record.key.clone();
            // An unreadable record cannot be refreshed.
            if !Session::from_record(record).is_ok_and(|session| mark.accepts_session(&session.id, session.generation))
            {
                inner.records.take(&inner.kinds.session, &key).await?;
            }
        }
        Ok(())
    }

    /// The application wrote the row itself: access tokens must be refreshed, and if the account is gone or inactive,
    /// its sessions end. A row that this release cannot read has changed all the more.
    pub(super) async fn row_was_written(&self, id: &U::Id, client: &Client) -> Result<(), AuthError> {
        let goes_on = match self.inner().users.find(id).await {
            Err(error) if error.is_corrupt() => true,
            row => row?.is_some_and(|user| user.is_active()),
        };
        if goes_on { self.raise(id, Raise::Tokens).await.map(drop) } else { self.end_all(id, client).await }
    }
}

pub(super) fn too_many() -> AuthError {
    AuthError::unavailable("the user's mark was changed by too many at once")
}
