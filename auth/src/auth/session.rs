//! Sessions: start, refresh, list.

use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::Auth;
use super::revoke::TRIES;
use super::unfinished::Unfinished;
use crate::claims::{RowStamp, SessionId, TokenId};
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::event::{EventKind, RefreshRefusal};
use crate::proof::Proof;
use crate::random::random;
use crate::store::StoreError;
use crate::token::mark::Mark;
use crate::token::ratchet::{Ratchet, RefreshToken, Turn};
use crate::token::session::{Client, Session};
use crate::user::AuthUser;

/// How many old sessions one login ends: each takes four calls of the store while the client waits.
const MOST_ENDED: usize = 5;

/// The result of a login or a refresh. `Debug` does not print the tokens.
#[derive(Clone)]
#[non_exhaustive]
pub struct Tokens {
    /// The access token, for `Authorization: Bearer …`.
    pub access_token: String,
    /// The refresh token, valid for one refresh.
    pub refresh_token: String,
    /// The lifetime of the access token, which ends with its session at the latest.
    pub expires_in: Duration,
    /// How long the session lives unless it is refreshed.
    pub session_expires_in: Duration,
    /// The session, by the id used in the list of sessions.
    pub session: SessionId,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("session", &self.session)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// One session in the list shown to its user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionInfo {
    /// The id of the session. It cannot be used to take the session over.
    pub id: SessionId,
    /// When the user signed in.
    pub created_at: SystemTime,
    /// When the user last signed in or refreshed.
    pub last_used_at: SystemTime,
    /// When the session ends unless it is refreshed.
    pub expires_at: SystemTime,
    /// The address it was last used from.
    pub ip: Option<IpAddr>,
    /// The user agent it was last used with.
    pub user_agent: Option<String>,
}

impl<U: AuthUser> Auth<U> {
    /// Begins a session for the user of the proof. It is ended again unless the returned guard is finished.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if it could not be stored; then there is no session.
    pub(super) async fn begin_session(
        &self,
        proof: &Proof<U>,
        client: &Client,
    ) -> Result<(Session, RefreshToken, Unfinished<U>), AuthError> {
        let inner = self.inner();
        let token = RefreshToken::generate(&*inner.random)?;
        let ratchet = Ratchet::new(&token, self.now());
        let user = proof.user().id().to_string();
        let mut session =
            Session::begin(token.session(), user, ratchet, proof.amr().clone(), proof.generation(), client.clone());
        session.row = proof.user().created();
        let record = session.to_record(&inner.kinds.session, inner.lifetimes, self.now())?;
        let unfinished = Unfinished::session(self, session.id, &session.user);
        if !inner.records.insert(&record).await? {
            // 128 random bits collided, so the generator is broken. The existing session is neither overwritten nor
            // ended (COOK-10).
            unfinished.finish();
            return Err(AuthError::internal("a fresh session id is in use"));
        }
        Ok((session, token, unfinished))
    }

    /// Enforces the maximum number of sessions of a user by ending the least recently used ones (REF-20). A script that
    /// signs in on each run ends its own old sessions, not that of a browser, which keeps refreshing.
    ///
    /// Only sessions older than this one end, in the same order for every process: two concurrent logins never end each
    /// other.
    pub(super) async fn make_room_for(&self, session: &Session, mark: &Mark, client: &Client) -> Result<(), AuthError> {
        let mut live = self.live_sessions(&session.user, mark).await?;
        let excess = live.len().saturating_sub(self.inner().sessions_per_user);
        let age = |session: &Session| (session.last_used_at, session.created_at, session.id.to_string());
        let own = age(session);
        live.retain(|other| age(other) < own);
        live.sort_by_cached_key(age);
        for oldest in live.iter().take(excess.min(MOST_ENDED)) {
            self.end_session_of(oldest.id, &oldest.user, client).await?;
        }
        Ok(())
    }

    /// Returns the user's live sessions. One with an unreadable record cannot be refreshed, so it is left out.
    async fn live_sessions(&self, owner: &str, mark: &Mark) -> Result<Vec<Session>, AuthError> {
        let inner = self.inner();
        let now = self.now();
        let mut live = Vec::new();
        for record in inner.records.list(&inner.kinds.session, owner).await? {
            match Session::from_record(record) {
                Ok(session)
                    if !session.ended
                        && !inner.revocations.ended(&session.id)
                        && session.expires_at(inner.lifetimes) > now
                        && mark.accepts_session(&session.id, session.generation) =>
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
        Ok(live)
    }

    /// Exchanges a refresh token for fresh tokens.
    ///
    /// Refresh tokens rotate (see the crate documentation on sessions): the given token is spent, but for ten seconds
    /// yields the same successor, so that concurrent refreshes all succeed. Any other use of a spent token ends the
    /// session. The user is read again, so the new claims are those of the current row.
    ///
    /// # Errors
    /// [`AuthError::InvalidRefreshToken`] if it is unknown, expired, revoked or spent, or the account is disabled;
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`] if the store failed. With the last two, the token was
    /// not spent.
    pub async fn refresh(&self, refresh_token: &str, client: &Client) -> Result<Tokens, AuthError> {
        let presented = RefreshToken::parse(refresh_token);
        self.limit_refresh(presented.as_ref().map(RefreshToken::session), client)?;
        let Some(presented) = presented else {
            return self.refuse_refresh(None, RefreshRefusal::Malformed, client);
        };
        let inner = self.inner();
        let key = presented.session().to_string();
        for _ in 0..TRIES {
            let Some(record) = inner.records.get(&inner.kinds.session, &key).await? else {
                return self.refuse_refresh(Some(&presented), RefreshRefusal::Unknown, client);
            };
            let mut session = Session::from_record(record)?;
            let now = self.now();
            if session.ended || inner.revocations.ended(&session.id) {
                // The session was ended, but the store failed before its record was deleted. Delete it now.
                self.revoke_session(session.id, &session.user).await?;
                return self.refuse_refresh(Some(&presented), RefreshRefusal::Revoked, client);
            }
            if session.expires_at(inner.lifetimes) <= now {
                return self.refuse_refresh(Some(&presented), RefreshRefusal::Expired, client);
            }
            let turn = session.ratchet.turn(&presented, random(&*inner.random)?, now, inner.grace);
            if matches!(turn, Turn::Reuse) {
                return self.report_theft(&session, client).await;
            }
            let user = match self.session_user(&session).await? {
                Ok(user) => user,
                Err(reason) => return self.refuse_refresh(Some(&presented), reason, client),
            };
            session.generation = user.1;
            let (next, rotated) = match turn {
                Turn::Advance(ratchet, child) => {
                    session.ratchet = ratchet;
                    session.last_used_at = now;
                    session.client = client.clone();
                    session.row = user.0.created();
                    let record = session.to_record(&inner.kinds.session, inner.lifetimes, now)?;
                    if !inner.records.replace(&record).await? {
                        continue;
                    }
                    (child, true)
                }
                Turn::Repeat(token) => (token, false),
                Turn::Reuse => return Err(AuthError::InvalidRefreshToken),
            };
            self.tell(client, EventKind::Refreshed { user: session.user.clone(), session: session.id, rotated });
            return self.tokens(&user.0, &session, &next);
        }
        Err(AuthError::unavailable("the session was changed by too many at once"))
    }

    /// Returns the user of a session and the generation to continue with, or why the session must not continue.
    async fn session_user(&self, session: &Session) -> Result<Result<(U, u64), RefreshRefusal>, AuthError> {
        let id: U::Id = session.user.parse().map_err(|_| StoreError::corrupt("a session's user id cannot be read"))?;
        let mark = self.stored_mark(&id).await?;
        if !mark.accepts_session(&session.id, session.generation) {
            return Ok(Err(RefreshRefusal::Revoked));
        }
        let user = self.inner().users.find(&id).await?;
        let same = |user: &U| user.is_active() && Self::is_of(user, session.row);
        Ok(user.filter(same).map(|user| (user, mark.generation)).ok_or(RefreshRefusal::Inactive))
    }

    /// Returns whether the row is the one for which something was issued, as far as its stamp tells: what was issued
    /// before the user type had a `created` field has none.
    pub(crate) fn is_of(row: &U, stamp: Option<RowStamp>) -> bool {
        stamp.is_none() || row.created() == stamp
    }

    fn refuse_refresh(
        &self,
        token: Option<&RefreshToken>,
        reason: RefreshRefusal,
        client: &Client,
    ) -> Result<Tokens, AuthError> {
        self.tell(client, EventKind::RefreshRefused { session: token.map(RefreshToken::session), reason });
        Err(AuthError::InvalidRefreshToken)
    }

    /// The thief and the owner cannot be told apart, so both lose the session (RFC 9700 §4.14.2).
    async fn report_theft(&self, session: &Session, client: &Client) -> Result<Tokens, AuthError> {
        self.revoke_session(session.id, &session.user).await?;
        self.tell(client, EventKind::RefreshReused { user: session.user.clone(), session: session.id });
        Err(AuthError::InvalidRefreshToken)
    }

    pub(super) fn tokens(&self, user: &U, session: &Session, refresh: &RefreshToken) -> Result<Tokens, AuthError> {
        let inner = self.inner();
        let now = self.now();
        let jti = TokenId::from_bytes(random(&*inner.random)?);
        let issued = inner.tokens.issue(user, session.grant(inner.lifetimes), jti, now)?;
        Ok(Tokens {
            access_token: issued.token,
            refresh_token: refresh.reveal(),
            expires_in: issued.expires_in,
            session_expires_in: session.expires_at(inner.lifetimes).since(now),
            session: session.id,
        })
    }

    /// Ends the session of a refresh token. An unknown token is not an error: its session is gone, as requested.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`], at the rates of refreshes; [`AuthError::Unavailable`] if the store failed. The
    /// logout is then completed as soon as the store is back, even if the client is gone.
    pub async fn logout(&self, refresh_token: &str, client: &Client) -> Result<(), AuthError> {
        let Some(token) = RefreshToken::parse(refresh_token) else { return Ok(()) };
        self.limit_logout(token.session(), client)?;
        let inner = self.inner();
        if let Some(record) = inner.records.get(&inner.kinds.session, &token.session().to_string()).await? {
            self.end_session_of(token.session(), &record.owner, client).await?;
        }
        Ok(())
    }

    /// Ends every session of a user, including the current one.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed. The logout is then completed as soon as the store is back, even
    /// if the client is gone.
    pub async fn logout_all(&self, id: &U::Id, client: &Client) -> Result<(), AuthError> {
        self.end_all(id, client).await
    }

    /// Returns the user's live sessions, most recently used first.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn sessions(&self, id: &U::Id) -> Result<Vec<SessionInfo>, AuthError> {
        let mark = self.stored_mark(id).await?;
        let mut live = self.live_sessions(&id.to_string(), &mark).await?;
        if live.iter().any(|session| session.row.is_some()) {
            self.only_of_the_row(id, &mut live).await?;
        }
        live.sort_by_key(|session| std::cmp::Reverse((session.last_used_at, session.created_at)));
        Ok(live.into_iter().map(|session| self.info(session)).collect())
    }

    /// Leaves out the sessions of an earlier row with this id. They cannot be continued.
    async fn only_of_the_row(&self, id: &U::Id, sessions: &mut Vec<Session>) -> Result<(), AuthError> {
        match self.inner().users.find(id).await {
            // Nobody knows, and the owner of the sessions may look for one that is not theirs.
            Err(error) if error.is_corrupt() => {}
            row => {
                let row = row?;
                sessions.retain(|session| row.as_ref().is_some_and(|row| Self::is_of(row, session.row)));
            }
        }
        Ok(())
    }

    /// Ends one session of a user; returns `false` if the user has no such session.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed; the session may then still be alive.
    pub async fn end_session(&self, id: &U::Id, session: SessionId, client: &Client) -> Result<bool, AuthError> {
        let inner = self.inner();
        let owner = id.to_string();
        match inner.records.get(&inner.kinds.session, &session.to_string()).await? {
            Some(record) if record.owner == owner => self.end_session_of(session, &owner, client).await,
            _ => Ok(false),
        }
    }

    fn info(&self, session: Session) -> SessionInfo {
        let time = |at: Timestamp| SystemTime::from(at);
        SessionInfo {
            id: session.id,
            created_at: time(session.created_at),
            last_used_at: time(session.last_used_at),
            expires_at: time(session.expires_at(self.inner().lifetimes)),
            ip: session.client.ip,
            user_agent: session.client.user_agent,
        }
    }
}
