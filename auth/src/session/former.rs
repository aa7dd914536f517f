//! Sessions of people who present an access token of the former auth of the application.
//!
//! A token is exchanged once: its session is one record, whose id is a hash of what the token's signature covers. Of many
//! requests at once, and of many instances, one inserts it. From then on it is a session like any other, and whatever ends
//! sessions ends it; its record then stays until the token expires, so that the token does not begin it again.
//!
//! What was ended *before* a token was first presented has no record of it. So nothing of its user may have ended since it
//! was issued; a token that does not say when is refused as soon as anything has. Everybody who signs up while former
//! tokens are accepted gets an epoch for the same reason: the id, or the login, may have been somebody else's.

use super::Sessions;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::random;
use crate::model::claims::{Amr, SessionId, TokenId};
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, RefreshRefusal, Refusal};
use crate::model::user::AuthUser;
use crate::proof::may_continue;
use crate::revocation::epoch::Bump;
use crate::session::record::Session;
use crate::store::Record;
use crate::token::access::Grant;

/// What a former token says about a session, besides the user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormerGrant {
    pub(crate) session: SessionId,
    pub(crate) expires_at: Timestamp,
    /// When it was issued, in whole seconds; `None` if nobody knows.
    pub(crate) issued_at: Option<Timestamp>,
    /// Whether it names a login, which may have been somebody else's since.
    pub(crate) by_login: bool,
}

impl<U: AuthUser> Sessions<U> {
    /// Whether tokens of the former auth are accepted now.
    pub(crate) fn accepts_former_tokens(&self) -> bool {
        self.now() < self.settings.lifetimes.former_until
    }

    /// Returns the claims of now for the session of a former token, or why it has none; `None` if it has not begun.
    pub(crate) async fn former_claims(
        &self,
        id: SessionId,
        client: &ClientInfo,
    ) -> Result<Option<Result<U::Claims, Refusal>>, AuthError> {
        // Before anything is read: whatever ends the session later is known for longer than these claims live.
        let now = self.now();
        if self.feed.has_ended(&id) {
            return Ok(Some(Err(Refusal::Revoked)));
        }
        let Some((record, epoch)) = self.session_with_epoch(id).await? else { return Ok(None) };
        let session = Session::from_record(record)?;
        if session.ended {
            // So that the next request with it asks memory only.
            self.feed.refuse_session(id);
            return Ok(Some(Err(Refusal::Revoked)));
        }
        if session.former.is_none() || session.expires_at(self.settings.lifetimes) <= now {
            return Ok(Some(Err(Refusal::InvalidToken)));
        }
        let (user, generation) = match self.session_user(&session, epoch).await? {
            Ok(found) => found,
            Err(RefreshRefusal::Inactive) => return Ok(Some(Err(Refusal::Inactive))),
            Err(_) => {
                self.feed.refuse_session(id);
                return Ok(Some(Err(Refusal::Revoked)));
            }
        };
        // Whatever the session has been freshened with: that was shown for another token.
        let grant = Grant {
            session: id,
            auth_time: Timestamp::default(),
            amr: Amr::default(),
            generation,
            ends_at: session.expires_at(self.settings.lifetimes),
        };
        let jti = TokenId::from_bytes(random(&*self.random)?);
        let claims = self.tokens.claims(&user, grant, jti, now);
        self.note_use(session, client, now).await;
        Ok(Some(Ok(claims)))
    }

    /// Begins the session of a former token for this user, whose row was just read, unless it was begun meanwhile.
    /// `former_claims` then judges row and epoch once more: whatever was ended since is seen there.
    pub(crate) async fn begin_former(
        &self,
        grant: FormerGrant,
        user: &U,
        client: &ClientInfo,
    ) -> Result<Result<(), Refusal>, AuthError> {
        if !may_continue(user, user.created()) {
            return Ok(Err(Refusal::Inactive));
        }
        self.complete_sign_up(Some(user)).await?;
        self.complete_pending_for(user.id()).await?;
        let stored = self.feed.epoch_record(user.id()).await?;
        if !self.is_newer_than_last_end(&grant, stored.as_ref()).await? {
            return Ok(Err(Refusal::Revoked));
        }
        let epoch = self.feed.epoch_of(stored.as_ref())?;
        let begun = (client.clone(), self.now());
        let owner = user.id().to_string();
        let mut session = Session::begin_former(grant.session, owner, epoch.generation, grant.expires_at, begun);
        session.row = user.created();
        let record = session.to_record(&self.kinds.session, self.settings.lifetimes, self.now())?;
        if self.records.insert(&record).await? {
            let (user, id) = (session.user.clone(), session.id);
            self.reporter.report(client, EventKind::FormerTokenAccepted { user, session: id });
            let sessions = self.records.list(&self.kinds.session, &session.user).await;
            if let Err(error) = self.make_room_for(&session, (&epoch, sessions), client).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(target: "auth::store", error, user = session.user, "old sessions could not be ended");
            }
        }
        Ok(Ok(()))
    }

    /// Ends the session of a former token. Returns whether it has begun.
    pub(crate) async fn end_former(&self, id: SessionId, client: &ClientInfo) -> Result<bool, AuthError> {
        let Some(record) = self.records.get(&self.kinds.session, &id.to_string()).await? else { return Ok(false) };
        let owner = record.owner.clone();
        self.end(id, &owner, Some(record), client).await?;
        Ok(true)
    }

    /// Whether a token was issued after anything of its user was last ended, as far as both clocks can tell.
    async fn is_newer_than_last_end(&self, grant: &FormerGrant, stored: Option<&Record>) -> Result<bool, AuthError> {
        let Some(ended) = self.feed.last_end(stored, grant.by_login).await? else { return Ok(true) };
        Ok(grant.issued_at.is_some_and(|issued| issued > ended + self.settings.leeway))
    }

    /// Writes down that a session is in use, about as often as others are refreshed. If that fails, the next request does.
    async fn note_use(&self, mut session: Session, client: &ClientInfo, now: Timestamp) {
        if now.since(session.last_used_at) < self.tokens.rules().ttl {
            return;
        }
        session.last_used_at = now;
        session.client = client.clone();
        if let Ok(record) = session.to_record(&self.kinds.session, self.settings.lifetimes, now) {
            drop(self.records.replace(&record).await);
        }
    }

    /// Gives a new account an epoch, so that no former token of an earlier owner of its id or its login begins a session.
    pub(crate) async fn part_from_former_tokens(&self, id: &U::Id) -> Result<(), AuthError> {
        if self.accepts_former_tokens() {
            self.feed.bump(id, Bump::ALL).await?;
        }
        Ok(())
    }
}
