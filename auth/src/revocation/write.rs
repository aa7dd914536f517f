//! Writes revocations so that other processes find them.

use std::time::Duration;

use super::RevocationFeed;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::claims::SessionId;
use crate::model::config::LONGEST_ACCESS_TTL;
use crate::model::user::AuthUser;
use crate::store::{Record, TRIES};

/// A record stamped less than this ago is read by everybody's next poll, and need not be stamped again.
const RECENT: Duration = Duration::from_secs(2);

/// How much longer the record of an ended session is kept than any of its tokens lives, so that an instance whose clock
/// is or was hours ahead does not purge what others still need to know.
const KEPT_LONGER: Duration = Duration::from_hours(24);

impl<U: AuthUser> RevocationFeed<U> {
    /// Returns until when an access token issued now may be used.
    pub(crate) fn last_token_expiry(&self, now: Timestamp) -> Timestamp {
        let rules = self.tokens.rules();
        // Twice the leeway: the token may come from a server whose clock is ahead, and is accepted for the leeway after
        // it expires.
        now + rules.ttl + rules.leeway + rules.leeway
    }

    /// Refuses the session in this process: its tokens, and its place in the list.
    pub(crate) fn refuse_session(&self, session: SessionId) {
        let now = self.now();
        self.memory.end_session(session, self.last_token_expiry(now), now);
    }

    /// Returns whether the session has ended, as far as this process knows.
    pub(crate) fn has_ended(&self, session: &SessionId) -> bool {
        self.memory.ended(session)
    }

    /// Stores that the session has ended, for all processes.
    pub(crate) async fn store_ended(&self, session: SessionId, owner: &str) -> Result<(), AuthError> {
        // The time of this write and not of what came before it, because others find new records by it.
        let now = self.now();
        // An instance that issues longer tokens, because `access_ttl` is just being raised, must find it, too.
        let longest = now + LONGEST_ACCESS_TTL + self.tokens.rules().leeway * 2;
        let revoked = Record {
            kind: self.kinds.revoked.clone(),
            key: session.to_string(),
            owner: owner.to_owned(),
            value: String::new(),
            version: 1,
            expires_at: self.last_token_expiry(now).max(longest) + KEPT_LONGER,
            changed_at: now,
        };
        self.write_revocation(revoked).await
    }

    /// Returns whether the store says that the session has ended.
    pub(crate) async fn is_stored_as_ended(&self, session: &SessionId) -> Result<bool, AuthError> {
        Ok(self.records.get(&self.kinds.revoked, &session.to_string()).await?.is_some())
    }

    /// Writes the record, or overwrites an existing one: an abandoned write may have arrived late, with a time that
    /// others have already read past. (A record of this moment is kept: repeated logouts do not cost a write each.)
    async fn write_revocation(&self, mut revoked: Record) -> Result<(), AuthError> {
        for _ in 0..TRIES {
            if !self.records.insert(&revoked).await? {
                let Some(stored) = self.records.get(&revoked.kind, &revoked.key).await? else { continue };
                if revoked.changed_at.since(stored.changed_at) < RECENT
                    && revoked.expires_at <= stored.expires_at + RECENT
                {
                    return Ok(());
                }
                revoked.version = stored.version;
                if !self.records.replace(&revoked).await? {
                    continue;
                }
                revoked.version = revoked.version.saturating_add(1);
            }
            return self.ensure_visible(revoked).await;
        }
        Err(AuthError::unavailable("the revocation was changed by too many at once"))
    }

    /// Makes sure that other processes find a record just stored, and announces it. The record is as in the store,
    /// including its version.
    ///
    /// Others find new records by their time. A writer that was suspended between stamping and writing (a stopped
    /// process, a machine without CPU time) has stored a time that they may have read past.
    pub(crate) async fn ensure_visible(&self, mut record: Record) -> Result<(), AuthError> {
        for _ in 0..TRIES {
            let now = self.now();
            if now.since(record.changed_at) <= self.store_timeout {
                self.announce(&record);
                return Ok(());
            }
            record.changed_at = now;
            if !self.records.replace(&record).await? {
                // Somebody has overwritten it since, with a time of their own.
                return Ok(());
            }
            record.version = record.version.saturating_add(1);
        }
        Err(AuthError::unavailable("this process is stopped each time it writes"))
    }
}
