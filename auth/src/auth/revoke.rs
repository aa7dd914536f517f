//! Ending sessions: memory refuses at once, the store makes it last, then comes the event.

use std::time::Duration;

use super::Auth;
use super::unfinished::Unfinished;
use crate::claims::SessionId;
use crate::clock::Timestamp;
use crate::config::LONGEST_ACCESS_TTL;
use crate::error::AuthError;
use crate::event::EventKind;
use crate::store::Record;
use crate::token::session::{Client, Session};
use crate::user::AuthUser;

/// How often a compare-and-set is tried before the store counts as too busy. Each failure means that somebody else got
/// through, so this many need that many rivals within a few milliseconds.
pub(super) const TRIES: usize = 64;

/// A record that was stamped less than this ago is read by everybody's next look, and need not be stamped anew.
const RECENT: Duration = Duration::from_secs(2);

/// So long at least the record of an ended session is kept: much longer than any token needs it, so that an instance whose
/// clock is hours ahead, or was, does not purge what others still have to know.
const KEPT: Duration = Duration::from_hours(24);

impl<U: AuthUser> Auth<U> {
    /// Until when an access token issued now may be presented.
    pub(super) fn tokens_end(&self, now: Timestamp) -> Timestamp {
        let rules = self.inner().tokens.rules();
        // Twice the leeway: the token may come from a server whose clock is ahead, and is taken as long after its end.
        now + rules.ttl + rules.leeway + rules.leeway
    }

    /// Ends one session; answers whether there was one. Its access tokens die at once. What breaks off is done later:
    /// whoever asked may have closed the page by now.
    pub(crate) async fn revoke_session(&self, session: SessionId, owner: &str) -> Result<bool, AuthError> {
        let unfinished = Unfinished::session(self, session, owner);
        let there = self.revoke_now(session, owner).await?;
        unfinished.finish();
        Ok(there)
    }

    /// The same, for whoever sees to it that it is finished.
    pub(super) async fn revoke_now(&self, session: SessionId, owner: &str) -> Result<bool, AuthError> {
        let inner = self.inner();
        let key = session.to_string();
        // Memory first: it can only refuse. Should the store fail below, this process holds the session for ended all
        // the same, the caller hears of the failure, and whoever asks next completes it.
        inner.revocations.end_session(session, self.tokens_end(self.now()), self.now());
        self.stamp_ended(&key).await?;
        // The time of this write, and not of what came before it: others look for what is new by it.
        let now = self.now();
        // An instance that gives out longer tokens, because `access_ttl` is just being raised, must find it, too.
        let longest = now + LONGEST_ACCESS_TTL + inner.tokens.rules().leeway * 2;
        let revoked = Record {
            kind: inner.kinds.revoked.clone(),
            key: key.clone(),
            owner: owner.to_owned(),
            value: String::new(),
            version: 1,
            expires_at: self.tokens_end(now).max(longest).max(now + KEPT),
            changed_at: now,
        };
        self.write_revocation(revoked).await?;
        // The record of the session goes last. Should a write fail, it is still there, and whoever asks again (by the
        // refresh token, by the session's id) finds it and ends all of it.
        Ok(inner.records.take(&inner.kinds.session, &key).await?.is_some())
    }

    /// Writes it anew if it is there: a write that was given up may have arrived late, with a time that others have read
    /// past. (Not one of this moment: log-outs that somebody repeats cost no write each.)
    async fn write_revocation(&self, mut revoked: Record) -> Result<(), AuthError> {
        let records = &self.inner().records;
        for _ in 0..TRIES {
            if !records.insert(&revoked).await? {
                let Some(stored) = records.get(&revoked.kind, &revoked.key).await? else { continue };
                if revoked.changed_at.since(stored.changed_at) < RECENT
                    && revoked.expires_at <= stored.expires_at + RECENT
                {
                    return Ok(());
                }
                revoked.version = stored.version;
                if !records.replace(&revoked).await? {
                    continue;
                }
                revoked.version = revoked.version.saturating_add(1);
            }
            return self.written(revoked).await;
        }
        Err(AuthError::unavailable("the revocation was changed by too many at once"))
    }

    /// Something that others have to read is stored: sees to it that they do, and tells them. The record is as it is in
    /// the store, with its version.
    ///
    /// Others look for what is new by the time in the record. A writer that was frozen between stamp and write (a process
    /// that was stopped, a machine without a processor) has stored a time that they may have read past.
    pub(super) async fn written(&self, mut record: Record) -> Result<(), AuthError> {
        for _ in 0..TRIES {
            let now = self.now();
            if now.since(record.changed_at) <= self.inner().store_timeout {
                self.announce(&record);
                return Ok(());
            }
            record.changed_at = now;
            if !self.inner().records.replace(&record).await? {
                // Somebody has written it since, with a time of their own.
                return Ok(());
            }
            record.version = record.version.saturating_add(1);
        }
        Err(AuthError::unavailable("this process is stopped each time it writes"))
    }

    /// Writes into the session that it has ended: one conditional write, after which no refresh succeeds, whatever else
    /// of the ending the store may fail to do, and however long nobody asks again.
    async fn stamp_ended(&self, key: &str) -> Result<(), AuthError> {
        let inner = self.inner();
        for _ in 0..TRIES {
            let Some(record) = inner.records.get(&inner.kinds.session, key).await? else { return Ok(()) };
            // A record nobody can read refreshes nothing; it can still be taken away.
            let Ok(mut session) = Session::from_record(record) else { return Ok(()) };
            if session.ended {
                return Ok(());
            }
            session.ended = true;
            let record = session.to_record(&inner.kinds.session, inner.lifetimes, self.now())?;
            if inner.records.replace(&record).await? {
                return Ok(());
            }
        }
        Err(AuthError::unavailable("the session was changed by too many at once"))
    }

    /// Ends a session and says so.
    pub(crate) async fn end_session_of(
        &self,
        session: SessionId,
        owner: &str,
        client: &Client,
    ) -> Result<bool, AuthError> {
        let there = self.revoke_session(session, owner).await?;
        if there {
            self.tell(client, EventKind::SessionEnded { user: owner.to_owned(), session });
        }
        Ok(there)
    }
}
