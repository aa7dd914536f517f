//! Sessions: begin, refresh, list, end.

mod begin;
mod bump_epoch;
mod end;
mod end_everything;
mod former;
mod freshen;
mod list;
mod pending;
pub(crate) mod record;
mod refresh;
pub(crate) mod refresh_token;
mod reused_id;

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

pub(crate) use former::FormerGrant;
pub(crate) use pending::CompletionGuard;
use pending::{PendingWork, Queue};
pub(crate) use reused_id::warn_inherited;

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::{Random, random};
use crate::context::{Context, Kinds};
use crate::mail::Outbox;
use crate::model::claims::{SessionId, TokenId};
use crate::model::config::Settings;
use crate::model::event::Reporter;
use crate::model::user::AuthUser;
use crate::proof::{SEVERAL_FACTORS, row_lacks_mfa};
use crate::rate_limits::RateLimits;
use crate::revocation::RevocationFeed;
use crate::session::record::{Lifetimes, Session};
use crate::session::refresh_token::RefreshToken;
use crate::store::{DynRecords, DynUsers, Record, StoreError};
use crate::token::access::{AccessTokens, Issued};

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
    /// Whether it belongs to an access token of the [former auth](crate::FormerTokens): nobody has signed in here.
    pub former_token: bool,
}

/// The sessions of one user type, from begin to end.
pub(crate) struct Sessions<U: AuthUser> {
    /// This, for work that goes on after the request.
    this: Weak<Self>,
    users: Arc<dyn DynUsers<U>>,
    records: Arc<dyn DynRecords>,
    kinds: Arc<Kinds>,
    tokens: Arc<AccessTokens<U::Claims>>,
    feed: Arc<RevocationFeed<U>>,
    limits: Arc<RateLimits<U>>,
    /// If the application has set a mailer.
    outbox: Option<Arc<Outbox<U>>>,
    reporter: Reporter,
    random: Arc<dyn Random>,
    settings: SessionSettings,
    /// Whether a sign-up is one transaction, with the end of what an earlier account has left.
    signs_up_at_once: bool,
    /// What interrupted requests have left to do.
    pending: Queue<PendingWork<U>>,
}

/// How long sessions live, and how many a user has.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionSettings {
    lifetimes: Lifetimes,
    /// How long a spent refresh token yields the same successor.
    grace: Duration,
    per_user: usize,
    /// How far the clocks of two servers may differ.
    leeway: Duration,
}

impl SessionSettings {
    pub(super) const fn of(settings: &Settings) -> Self {
        let (idle, absolute, former_until) = (settings.refresh_idle, settings.refresh_absolute, settings.former_until);
        let lifetimes = Lifetimes { idle, absolute, former_until };
        Self { lifetimes, grace: settings.refresh_grace, per_user: settings.sessions_per_user, leeway: settings.leeway }
    }
}

impl<U: AuthUser> Sessions<U> {
    pub(crate) fn new(
        context: &Context<U>,
        feed: &Arc<RevocationFeed<U>>,
        limits: &Arc<RateLimits<U>>,
        outbox: Option<Arc<Outbox<U>>>,
        settings: SessionSettings,
        signs_up_at_once: bool,
    ) -> Arc<Self> {
        let Context { users, records, kinds, tokens, reporter, random, store_timeout: _ } = context.clone();
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            users,
            records,
            kinds,
            tokens,
            feed: Arc::clone(feed),
            limits: Arc::clone(limits),
            outbox,
            reporter,
            random,
            settings,
            signs_up_at_once,
            pending: Queue::new(),
        })
    }

    fn now(&self) -> Timestamp {
        self.reporter.now()
    }

    /// Reads a session, and with it the epoch of its owner as the session names them.
    async fn session_with_epoch(&self, session: SessionId) -> Result<Option<(Record, Option<Record>)>, StoreError> {
        self.records.get_with_owner(&self.kinds.session, &session.to_string(), &self.kinds.epoch).await
    }

    /// Issues an access token of the session.
    pub(crate) fn access_token(&self, user: &U, session: &Session) -> Result<Issued, AuthError> {
        // Each caller has asked before. What none of them knows must not become a token.
        if row_lacks_mfa(user, &session.amr) {
            return Err(AuthError::StepUpRequired(SEVERAL_FACTORS));
        }
        let jti = TokenId::from_bytes(random(&*self.random)?);
        self.tokens.issue(user, session.grant(self.settings.lifetimes), jti, self.now())
    }

    pub(crate) fn tokens(&self, user: &U, session: &Session, refresh: &RefreshToken) -> Result<Tokens, AuthError> {
        let issued = self.access_token(user, session)?;
        Ok(Tokens {
            access_token: issued.token,
            refresh_token: refresh.reveal(),
            expires_in: issued.expires_in,
            session_expires_in: session.expires_at(self.settings.lifetimes).since(self.now()),
            session: session.id,
        })
    }
}
