//! Ends sessions: memory refuses at once, the store makes it permanent, then the event is reported.

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

/// How often a compare-and-set is retried before the store counts as too busy. Each failure means that somebody else
/// succeeded, so this takes as many rivals within a few milliseconds.
pub(super) const TRIES: usize = 64;

/// A record stamped less than this ago is read by everybody's next poll, and need not be stamped again.
const RECENT: Duration = Duration::from_secs(2);

/// The minimum time for which the record of an ended session is kept: much longer than any token needs, so that an
/// instance whose clock is or was hours ahead does not purge what others still need to know.
const KEPT: Duration = Duration::from_hours(24);

impl<U: AuthUser> Auth<U> {
    /// Returns until when an access token issued now may be used.
    pub(super) fn tokens_end(&self, now: Timestamp) -> Timestamp {
        let rules = self.inner().tokens.rules();
        // Twice the leeway: the token may come from a server whose clock is ahead, and is accepted for the leeway after
        // it expires.
        now + rules.ttl + rules.leeway + rules.leeway
    }

    /// Ends a session; returns whether it existed. Its access tokens are refused at once. If it is interrupted, the
    /// rest is done later, because the client may be gone by now.
    pub(crate) async fn revoke_session(&self, session: SessionId, owner: &str) -> Result<bool, AuthError> {
        let unfinished = Unfinished::session(self, session, owner);
        let there = self.revoke_now(session, owner).await?;
        unfinished.finish();
        Ok(there)
    }

    /// Refuses the session in this process: its tokens, and its place in the list.
    pub(super) fn refuse_session(&self, session: SessionId) {
        let now = self.now();
        self.inner().revocations.end_session(session, self.tokens_end(now), now);
    }

    /// Does the same for callers that make sure it is completed.
    pub(super) async fn revoke_now(&self, session: SessionId, owner: &str) -> Result<bool, AuthError> {
        let inner = self.inner();
        let key = session.to_string();
        // Memory first: it can only refuse. If the store fails below, this process already treats the session as ended,
        // the caller gets the error, and a retry completes it.
        self.refuse_session(session);
        self.stamp_ended(&key).await?;
        // The time of this write and not of what came before it, because others find new records by it.
        let now = self.now();
        // An instance that issues longer tokens, because `access_ttl` is just being raised, must find it, too.
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
        // The record of the session is deleted last. If a write fails, it is still there, and a retry (with the refresh
        // token or the session's id) finds it and completes the ending.
        Ok(inner.records.take(&inner.kinds.session, &key).await?.is_some())
    }

    /// Writes the record, or overwrites an existing one: an abandoned write may have arrived late, with a time that
    /// others have already read past. (A record of this moment is kept: repeated logouts do not cost a write each.)
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

    /// Makes sure that other processes find a record just stored, and announces it. The record is as in the store,
    /// including its version.
    ///
    /// Others find new records by their time. A writer that was suspended between stamping and writing (a stopped
    /// process, a machine without CPU time) has stored a time that they may have read past.
    pub(super) async fn written(&self, mut record: Record) -> Result<(), AuthError> {
        for _ in 0..TRIES {
            let now = self.now();
            if now.since(record.changed_at) <= self.inner().store_timeout {
                self.announce(&record);
                return Ok(());
            }
            record.changed_at = now;
            if !self.inner().records.replace(&record).await? {
                // Somebody has overwritten it since, with a time of their own.
                return Ok(());
            }
            record.version = record.version.saturating_add(1);
        }
        Err(AuthError::unavailable("this process is stopped each time it writes"))
    }

    /// Marks the session record as ended, in one conditional write. After it no refresh succeeds, even if the store
    /// fails to do the rest and nobody retries for a long time.
    async fn stamp_ended(&self, key: &str) -> Result<(), AuthError> {
        let inner = self.inner();
        for _ in 0..TRIES {
            let Some(record) = inner.records.get(&inner.kinds.session, key).await? else { return Ok(()) };
            // An unreadable record cannot be refreshed; it can still be deleted.
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

    /// Ends a session and reports it.
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
