//! From a former token to the claims of its session: memory first, then the signature, then the store.
//!
//! What is remembered are claims like those of an access token of ours, made of the row as it was, and no longer valid than
//! one: so they are checked in memory on every request, and made anew from the store when they have expired or something has
//! changed for the user, as a refresh does.

use std::sync::Arc;
use std::time::Duration;

use super::reader::{FormerToken, FormerUser, Reader};
use super::settings::FormerTokens;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::context::Context;
use crate::model::claims::Claims as _;
use crate::model::client_info::ClientInfo;
use crate::model::event::{Refusal, Reporter};
use crate::model::user::AuthUser;
use crate::rate_limits::RateLimits;
use crate::revocation::RevocationFeed;
use crate::session::Sessions;
use crate::sign_in::logins::Logins;
use crate::store::{Budget, DynUsers};
use crate::token::access::AccessTokens;
use crate::token::cache::Seen;

/// How often a session is looked for that somebody else begins at the same time.
const TRIES: usize = 4;

/// The tokens of the former auth, while they are accepted.
pub(crate) struct FormerTokenService<U: AuthUser> {
    reader: Reader,
    seen: Seen<U::Claims>,
    users: Arc<dyn DynUsers<U>>,
    logins: Logins<U>,
    tokens: Arc<AccessTokens<U::Claims>>,
    feed: Arc<RevocationFeed<U>>,
    sessions: Arc<Sessions<U>>,
    limits: Arc<RateLimits<U>>,
    reporter: Reporter,
}

impl<U: AuthUser> FormerTokenService<U> {
    /// Creates the service, with a cache of at most `memory` bytes.
    pub(crate) fn new(
        context: &Context<U>,
        feed: &Arc<RevocationFeed<U>>,
        sessions: &Arc<Sessions<U>>,
        limits: &Arc<RateLimits<U>>,
        settings: FormerTokens,
        (leeway, memory): (Duration, usize),
    ) -> Option<Arc<Self>> {
        let Context { users, tokens, reporter, .. } = context.clone();
        Some(Arc::new(Self {
            reader: Reader::new(settings, leeway)?,
            seen: Seen::new(memory),
            logins: Logins::new(&users),
            users,
            tokens,
            feed: Arc::clone(feed),
            sessions: Arc::clone(sessions),
            limits: Arc::clone(limits),
            reporter,
        }))
    }

    fn now(&self) -> Timestamp {
        self.reporter.now()
    }

    /// Whether a text is to be verified as a former token: it does not begin as our own do, and the switch is not over.
    pub(crate) fn may_be(&self, presented: &str) -> bool {
        self.now() < self.reader.until() && !self.tokens.is_ours(presented)
    }

    /// Returns the claims of the session of a former token, which begins with the first request.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub(crate) async fn claims(
        &self,
        token: &str,
        client: &ClientInfo,
        budget: &Budget,
    ) -> Result<Result<Arc<U::Claims>, Refusal>, AuthError> {
        let seen = self.seen.get(token).filter(|claims| self.tokens.is_valid_at(&claims.registered(), self.now()));
        if let Some(claims) = seen
            && self.feed.is_active(&claims, budget).await?
        {
            return Ok(Ok(claims));
        }
        let Some(read) = self.reader.read(token, self.now()) else { return Ok(Err(Refusal::InvalidToken)) };
        // Its state should not enlarge the future of every request.
        let claims = match Box::pin(budget.spend(self.exchange(&read, client))).await? {
            Ok(claims) => Arc::new(claims),
            Err(refusal) => return Ok(Err(refusal)),
        };
        if !self.feed.is_active(&claims, budget).await? {
            return Ok(Err(Refusal::Revoked));
        }
        self.seen.put(token, &claims);
        Ok(Ok(claims))
    }

    /// Begins the session if there is none, and returns its claims as of now.
    async fn exchange(
        &self,
        token: &FormerToken,
        client: &ClientInfo,
    ) -> Result<Result<U::Claims, Refusal>, AuthError> {
        for _ in 0..TRIES {
            if let Some(found) = self.sessions.former_claims(token.grant.session, client).await? {
                return Ok(found);
            }
            let Some(user) = self.user(&token.user).await? else { return Ok(Err(Refusal::Inactive)) };
            if let Err(refusal) = self.sessions.begin_former(token.grant, &user, client).await? {
                return Ok(Err(refusal));
            }
        }
        Err(AuthError::unavailable("the session of a former token was deleted again and again"))
    }

    async fn user(&self, user: &FormerUser) -> Result<Option<U>, AuthError> {
        Ok(match user {
            FormerUser::Id(id) => {
                let Some(id) = id.parse::<U::Id>().ok() else { return Ok(None) };
                self.users.find(&id).await?
            }
            FormerUser::Login(login) => self.logins.find_typed(0, login).await?,
        })
    }

    /// Ends the session of a former token, so that the token is refused from now on, also one that was never used here. A
    /// token that is not accepted is not an error: there is nothing to end.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`], [`AuthError::Unavailable`].
    pub(crate) async fn logout(&self, token: &str, client: &ClientInfo) -> Result<(), AuthError> {
        let Some(read) = self.reader.read(token, self.now()) else { return Ok(()) };
        self.limits.limit_logout(read.grant.session, client)?;
        // Also one that this process has refused since a sign-out that failed halfway: the store has to know, too.
        if self.sessions.end_former(read.grant.session, client).await? {
            return Ok(());
        }
        if self.exchange(&read, client).await?.is_ok() {
            self.sessions.end_former(read.grant.session, client).await?;
        }
        Ok(())
    }
}
