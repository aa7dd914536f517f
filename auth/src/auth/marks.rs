//! A user's mark: what was given out because of a row is refused once the row says something else.

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
    /// The user's mark, for whoever is about to sign in. What broke off here and concerns this user is done first.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "the only way to sign in so far"))]
    pub(crate) async fn mark(&self, id: &U::Id) -> Result<Mark, AuthError> {
        self.settle(id).await?;
        self.stored_mark(id).await
    }

    /// The user's mark, as stored.
    pub(crate) async fn stored_mark(&self, id: &U::Id) -> Result<Mark, AuthError> {
        let inner = self.inner();
        let record = inner.records.get(&inner.kinds.mark, &id.to_string()).await?;
        Ok(record.as_ref().map(Mark::from_record).transpose()?.unwrap_or_default())
    }

    /// Raises the user's mark, and answers it. Afterwards what the mark refuses is refused everywhere in this process.
    pub(super) async fn raise(&self, id: &U::Id, raise: Raise) -> Result<Mark, AuthError> {
        self.raise_telling(id, raise, None).await
    }

    /// The same, at the end of something unfinished.
    async fn raise_telling(
        &self,
        id: &U::Id,
        raise: Raise,
        mut unfinished: Option<&mut Unfinished<U>>,
    ) -> Result<Mark, AuthError> {
        let inner = self.inner();
        let owner = id.to_string();
        for attempt in 0..TRIES {
            let stored = inner.records.get(&inner.kinds.mark, &owner).await?;
            let mark = stored.as_ref().map(Mark::from_record).transpose()?.unwrap_or_default();
            if let (0, Some(unfinished)) = (attempt, &mut unfinished) {
                unfinished.mark_was(mark.generation);
            }
            let mark = mark.raised(raise);
            let now = self.now();
            let record = Record {
                kind: inner.kinds.mark.clone(),
                key: owner.clone(),
                owner: owner.clone(),
                value: mark.to_text()?,
                version: stored.as_ref().map_or(1, |record| record.version),
                // Never: a counter that starts again would make old sessions good again, and databases reuse ids.
                expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
                changed_at: now,
            };
            let (written, version) = match stored {
                Some(_) => (inner.records.replace(&record).await?, record.version.saturating_add(1)),
                None => (inner.records.insert(&record).await?, record.version),
            };
            if written {
                self.know(id, mark);
                self.written(Record { version, ..record }).await?;
                return Ok(mark);
            }
        }
        Err(AuthError::unavailable("the user's mark was changed by too many at once"))
    }

    /// Takes a mark that is stored into memory.
    pub(super) fn know(&self, id: &U::Id, mark: Mark) {
        let (inner, now) = (self.inner(), self.now());
        // Before the mark: whoever is let in by the new one sees the row it is about.
        if let Some(rows) = &inner.rows {
            rows.forget(id);
        }
        inner.revocations.mark_user(id.clone(), mark, self.tokens_end(now), now);
    }

    /// Changes a user's row, and ends what was given out because of what it said before; answers whether there is such a
    /// row. Whatever breaks off in between is done later.
    ///
    /// The mark is raised twice. *Before* the row is written: should this process be killed once it is, nobody will do it
    /// later, and no thief's session must stand beside a new password. That is safe, because it takes away at most what a
    /// login or a refresh brings back. And *after* it, for whoever signed in or refreshed in between, by the old row.
    pub(super) async fn change_row(
        &self,
        id: &U::Id,
        raise: Raise,
        client: &Client,
        write: impl Future<Output = Result<bool, StoreError>>,
    ) -> Result<bool, AuthError> {
        self.raise(id, raise).await?;
        let mut unfinished = Unfinished::mark(self, id, raise.again());
        if !write.await? {
            unfinished.finish();
            return Ok(false);
        }
        let mark = self.raise_telling(id, raise.again(), Some(&mut unfinished)).await?;
        if let Raise::Sessions { except } = raise {
            self.sessions_ended(id, &mark, except, unfinished, client).await;
        } else {
            unfinished.finish();
        }
        Ok(true)
    }

    /// Ends every session of the user.
    pub(super) async fn end_all(&self, id: &U::Id, client: &Client) -> Result<(), AuthError> {
        let raise = Raise::Sessions { except: None };
        let mut unfinished = Unfinished::mark(self, id, raise);
        let mark = self.raise_telling(id, raise, Some(&mut unfinished)).await?;
        self.sessions_ended(id, &mark, None, unfinished, client).await;
        Ok(())
    }

    /// The mark has ended them, so it is true, and said. What is left is housekeeping: should it fail, it is done later.
    async fn sessions_ended(
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

    /// Takes away the records of sessions that the mark has ended, so that no list has to look at them. One by one: a
    /// session that began meanwhile is none of them.
    pub(super) async fn forget_ended(&self, id: &U::Id, mark: &Mark) -> Result<(), AuthError> {
        let inner = self.inner();
        for record in inner.records.list(&inner.kinds.session, &id.to_string()).await? {
            let key = record.key.clone();
            // What nobody can read refreshes nothing.
            if !Session::from_record(record).is_ok_and(|session| mark.accepts_session(&session.id, session.generation))
            {
                inner.records.take(&inner.kinds.session, &key).await?;
            }
        }
        Ok(())
    }

    /// The application wrote the row: what tokens say of it must be read anew, and if there is nobody to be signed in any
    /// more, sessions end.
    pub(super) async fn row_was_written(&self, id: &U::Id) -> Result<(), AuthError> {
        if self.inner().users.find(id).await?.is_some_and(|user| user.is_active()) {
            self.raise(id, Raise::Tokens).await.map(drop)
        } else {
            self.end_all(id, &Client::default()).await
        }
    }
}
