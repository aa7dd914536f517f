//! Settings, one method each.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use axum::response::Response;

use super::hooks::DynHooks;
use super::{Auth, Hooks, OnError};
use crate::address::TrustedProxies;
use crate::broadcast::{Broadcast, DynBroadcast};
use crate::clock::{Clock, SystemClock};
use crate::config::{Settings, read_environment};
use crate::error::AuthError;
use crate::event::{Observer, Observers};
use crate::limit::{DynLimiter, Limiter, Limits};
use crate::random::{OsRandom, Random};
use crate::secret::Secret;
use crate::store::{Backend, Stores};
use crate::user::AuthUser;

/// Settings on their way to an [`Auth`]. Mistakes are collected, and [`build`](Self::build) tells all of them at once.
#[must_use = "nothing happens before `build()`"]
pub struct AuthBuilder<U: AuthUser> {
    pub(super) stores: Stores<U>,
    pub(super) secret: Option<Secret>,
    pub(super) retired: Vec<Secret>,
    pub(super) settings: Settings,
    pub(super) problems: Vec<String>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) observers: Observers,
    pub(super) on_error: Option<OnError>,
    pub(super) hooks: Arc<dyn DynHooks<U>>,
    pub(super) limits: Limits,
    pub(super) limiter: Option<Arc<dyn DynLimiter>>,
    pub(super) proxies: TrustedProxies,
    pub(super) broadcast: Option<Arc<dyn DynBroadcast>>,
    #[cfg(feature = "cookies")]
    pub(super) cookies: Option<super::CookieSettings>,
    #[cfg(feature = "password")]
    pub(super) passwords: crate::password::PasswordConfig,
}

impl<U: AuthUser> Auth<U> {
    /// Begins with where things are stored: an sqlx pool, or a pair of your own stores.
    pub fn builder(backend: impl Backend<U>) -> AuthBuilder<U> {
        AuthBuilder {
            stores: backend.open(),
            secret: None,
            retired: Vec::new(),
            settings: Settings::default(),
            problems: Vec::new(),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            observers: Observers::default(),
            on_error: None,
            hooks: Arc::new(()),
            limits: Limits::default(),
            limiter: None,
            proxies: TrustedProxies::default(),
            broadcast: None,
            #[cfg(feature = "cookies")]
            cookies: None,
            #[cfg(feature = "password")]
            passwords: crate::password::PasswordConfig::default(),
        }
    }
}

impl<U: AuthUser> AuthBuilder<U> {
    /// The secret everything is signed with: 32 random bytes or more. Required, here or by [`from_env`](Self::from_env).
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secret = Some(secret);
        self
    }

    /// A former secret: tokens signed with it are accepted until they expire; new ones are signed with
    /// [`secret`](Self::secret). Leave it out, and they are refused at once.
    pub fn former_secret(mut self, secret: Secret) -> Self {
        self.retired.push(secret);
        self
    }

    /// Reads `JWT_SECRET_KEY` (unless a secret was given), `JWT_ACCESS_TTL`, `JWT_REFRESH_TTL`, `JWT_ISSUER` and
    /// `JWT_AUDIENCE`. Durations are written `15m`, `7d`. Any other name that begins with `JWT_` is an error.
    pub fn from_env(mut self) -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        read_environment(&mut self.settings, variables, &mut self.problems);
        if self.secret.is_none() {
            match Secret::env("JWT_SECRET_KEY") {
                Ok(secret) => self.secret = Some(secret),
                Err(error) => self.problems.push(error.to_string()),
            }
        }
        self
    }

    /// Who issues the tokens (`iss`). The user type's name by default.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.issuer = Some(issuer.into());
        self
    }

    /// For whom the tokens are (`aud`). The user type's name by default, so that a token for one user type is
    /// nothing to another.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audience = Some(audience.into());
        self
    }

    /// How long an access token lives: 15 minutes by default, an hour at most.
    pub fn access_ttl(mut self, ttl: Duration) -> Self {
        self.settings.access_ttl = ttl;
        self
    }

    /// Lets [`access_ttl`](Self::access_ttl) exceed an hour. A stolen token is good for as long; consider refreshing
    /// instead.
    pub fn allow_long_access_tokens(mut self) -> Self {
        self.settings.long_access_ttl = true;
        self
    }

    /// How long a session lives without a refresh: 30 days by default.
    pub fn refresh_ttl(mut self, ttl: Duration) -> Self {
        self.settings.refresh_idle = ttl;
        self
    }

    /// How long a session lives however often it is refreshed: 90 days by default.
    pub fn session_limit(mut self, limit: Duration) -> Self {
        self.settings.refresh_absolute = limit;
        self
    }

    /// How many sessions a user has at most: 20 by default. One more login ends the one used longest ago.
    ///
    /// One login ends five at most, so that none takes long: where this was lowered, or many sign in at the same moment,
    /// the rest go with later logins. A login does not fail because the store could not end an old session; then, too, the
    /// next one does it.
    pub fn sessions_per_user(mut self, most: usize) -> Self {
        self.settings.sessions_per_user = most;
        self
    }

    /// How long a refresh token that was just exchanged gives the same successor again: 10 seconds by default, 60 at
    /// most, zero for never (then a second tab or a lost answer ends the session).
    pub fn refresh_grace(mut self, grace: Duration) -> Self {
        self.settings.refresh_grace = grace;
        self
    }

    /// How far the clocks of two servers may differ: 5 seconds by default, 60 at most.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.settings.leeway = leeway;
        self
    }

    /// Leaves out the look at the tables: columns, defaults, unique indexes, logins that nobody could sign in with. See
    /// [`Auth::check_schema`](super::Auth::check_schema).
    ///
    /// The look reads all rows once for each login, one or two seconds for two millions. After five seconds it gives up
    /// with a warning, so a large table does not keep `build()` from starting; leave it out where even that is too long.
    pub fn skip_table_check(mut self) -> Self {
        self.settings.check_table = false;
        self
    }

    /// How often this process reads what others revoked: every half second by default, so that a log-out anywhere is one
    /// everywhere within a second. Zero for never: for tests, and where this is the only process that uses the store.
    ///
    /// Two small queries each time. Memory is trusted for a second after a look began that succeeded, or twice as long as
    /// this, if that is longer. Then guards ask the store for each request until a look succeeds again, and answer 503 if it
    /// does not answer; they do so as well while looks are slow, or nobody runs the task that reads.
    pub fn revocation_feed(mut self, every: Duration) -> Self {
        self.settings.feed_pace = every;
        self
    }

    /// How long one request waits for the store, all calls of ours together: a second and a half by default, so that a
    /// request is answered 503 within two seconds when the database is gone, hangs, or has no connection left. At least
    /// 10 ms; a minute at most.
    ///
    /// Calls that are given up may have reached the database; nothing is acknowledged that was not stored, and everything
    /// can be asked again. A free connection is waited for two seconds at most, whatever is said here. (Set `acquire_timeout` and TCP keep-alives of your pool for your own queries.)
    pub fn store_timeout(mut self, timeout: Duration) -> Self {
        self.settings.store_timeout = timeout;
        self
    }

    /// Lets `user: User` be a row that was read a moment ago, instead of a query for each request: for so long, a minute at
    /// most; five seconds are a good number. Off by default. At most 16,384 rows are kept, those read last.
    ///
    /// What this crate writes is seen by the next request, in this process at once and in others as soon as revocations
    /// are ([`revocation_feed`](Self::revocation_feed)). What the application writes into the table by itself is not, until
    /// the time is over: say [`auth.users().changed(&id)`](crate::Management::changed), or leave the cache off. Rules
    /// with `live`, sign-in, refresh and change of password never look here, and while the feed is silent nobody does.
    pub fn user_cache(mut self, life: Duration) -> Self {
        self.settings.user_cache = life;
        self
    }

    /// How much memory is for access tokens that were verified, so that the next request with one of them needs a look at
    /// memory instead of an HMAC and a parser: in bytes, 8 MiB by default, which are some seven thousand tokens of usual
    /// size, those used last and most often. 0 verifies each token each time.
    ///
    /// Whether a token has expired or was revoked is asked each time in any case, and with a
    /// [rotation](crate::Auth::rotate_secret) all is forgotten.
    pub fn token_cache(mut self, bytes: usize) -> Self {
        self.settings.token_cache = bytes;
        self
    }

    /// How processes tell each other at once what they revoked, instead of with the next look at the store: Redis, or a
    /// [`Broadcast`] of yours. While it is away, the feed of the store is as good as without it.
    pub fn broadcast(mut self, broadcast: impl Broadcast) -> Self {
        self.broadcast = Some(Arc::new(broadcast));
        self
    }

    /// Where the time comes from.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Where randomness comes from.
    pub fn random(mut self, random: impl Random) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Adds an observer of events: an audit log, counters, notices to users.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers.add(observer);
        self
    }

    /// What the application adds before and after sign-up and login.
    pub fn hooks(mut self, hooks: impl Hooks<U>) -> Self {
        self.hooks = Arc::new(hooks);
        self
    }

    /// How often somebody may try; on by default, see [`Limits`]. Limits by address need to know it: serve with
    /// [`auth::serve`](crate::serve) or `into_make_service_with_connect_info::<SocketAddr>()`, and behind a proxy say
    /// so with [`trusted_proxies`](Self::trusted_proxies). Else they count accounts only.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Who keeps the counters, unless [`limits`](Self::limits) are given that say it themselves (`in_memory`, `kept_by`).
    /// Among the records by default.
    pub fn limiter(mut self, limiter: impl Limiter) -> Self {
        self.limiter = Some(Arc::new(limiter));
        self
    }

    /// Which proxies are believed when they say where a request comes from. Nobody is by default: headers are ignored.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Answers errors your way: a page, a redirect to the login form. `None` keeps the problem document.
    pub fn on_error(mut self, page: impl Fn(&AuthError, &Parts) -> Option<Response> + Send + Sync + 'static) -> Self {
        self.on_error = Some(Arc::new(page));
        self
    }

    /// How tokens travel in cookies.
    #[cfg(feature = "cookies")]
    pub fn cookies(mut self, cookies: super::CookieSettings) -> Self {
        self.cookies = Some(cookies);
        self
    }

    /// Rules for passwords, the work of a hash, verifiers for hashes of other schemes.
    #[cfg(feature = "password")]
    pub fn passwords(mut self, passwords: crate::password::PasswordConfig) -> Self {
        self.passwords = passwords;
        self
    }
}
