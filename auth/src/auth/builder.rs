//! The settings, one method each.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use axum::response::Response;

use super::Auth;
use super::mail_settings::MailSettings;
use super::signing_key_settings::SigningKeySettings;
use crate::api_keys::KeySettings;
use crate::base::clock::{Clock, SystemClock};
use crate::base::error::AuthError;
use crate::base::random::{OsRandom, Random};
use crate::base::secret::Secret;
use crate::broadcast::{Broadcast, DynBroadcast};
use crate::factors::FactorSettings;
use crate::former_tokens::FormerTokens;
use crate::http_settings::{AuthScheme, CookieSettings, OnError, ProtectedResource};
use crate::limit::{DynLimiter, Limiter, Limits};
use crate::model::client_ip::TrustedProxies;
use crate::model::config::{Settings, read_environment};
use crate::model::event::{Observer, Observers};
use crate::model::hooks::{DynHooks, Hooks};
use crate::model::user::AuthUser;
use crate::policy::Access;
use crate::store::{Backend, Stores};

/// Collects the settings of an [`Auth`]. Mistakes are collected too, and [`build`](Self::build) reports all of them at
/// once.
#[must_use = "nothing happens before `build()`"]
pub struct AuthBuilder<U: AuthUser> {
    pub(super) stores: Stores<U>,
    pub(super) secret: Option<Secret>,
    pub(super) former_secrets: Vec<Secret>,
    pub(super) signing_keys: SigningKeySettings,
    /// The access tokens of the auth before this one.
    pub(super) former_tokens: Option<FormerTokens>,
    pub(super) settings: Settings,
    pub(super) problems: Vec<String>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) observers: Observers,
    pub(super) on_error: Option<OnError>,
    pub(super) scheme: AuthScheme,
    pub(super) hooks: Arc<dyn DynHooks<U>>,
    pub(super) limits: Limits,
    pub(super) limiter: Option<Arc<dyn DynLimiter>>,
    pub(super) proxies: TrustedProxies,
    pub(super) broadcast: Option<Arc<dyn DynBroadcast>>,
    pub(super) cookies: Option<CookieSettings>,
    pub(super) mail: MailSettings<U>,
    /// What people may have beside a password.
    pub(super) factors: FactorSettings,
    /// For whom passkeys are, if people may have them.
    #[cfg(feature = "password")]
    pub(super) passkeys: Option<crate::passkeys::PasskeySettings>,
    /// What API keys are like, if people may have them.
    pub(super) api_keys: Option<KeySettings<U>>,
    /// Who may ask about tokens, if anybody may.
    pub(super) introspection: Option<&'static Access<U>>,
    /// Where people change their password.
    pub(super) change_password_page: Option<String>,
    /// What this service is to clients that look for an issuer.
    pub(super) resource: Option<ProtectedResource>,
    #[cfg(feature = "password")]
    pub(super) passwords: crate::password::PasswordConfig,
    /// Whether hashes of other schemes can be checked.
    pub(super) has_legacy: bool,
    /// Whether people may choose common passwords.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "for people who deploy the application"))]
    pub(super) allows_common_passwords: bool,
}

impl<U: AuthUser> Auth<U> {
    /// Starts with the storage backend: an sqlx pool, or a pair of your own stores.
    pub fn builder(backend: impl Backend<U>) -> AuthBuilder<U> {
        AuthBuilder {
            stores: backend.open(),
            secret: None,
            former_secrets: Vec::new(),
            signing_keys: SigningKeySettings::default(),
            former_tokens: None,
            settings: Settings::default(),
            problems: Vec::new(),
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            observers: Observers::default(),
            on_error: None,
            scheme: AuthScheme::default(),
            hooks: Arc::new(()),
            limits: Limits::default(),
            limiter: None,
            proxies: TrustedProxies::default(),
            broadcast: None,
            cookies: None,
            mail: MailSettings::default(),
            factors: FactorSettings::default(),
            #[cfg(feature = "password")]
            passkeys: None,
            api_keys: None,
            introspection: None,
            change_password_page: None,
            resource: None,
            #[cfg(feature = "password")]
            passwords: crate::password::PasswordConfig::default(),
            has_legacy: false,
            allows_common_passwords: false,
        }
    }
}

impl<U: AuthUser> AuthBuilder<U> {
    /// Sets the secret that signs everything: 32 random bytes or more. Required, here or by
    /// [`from_env`](Self::from_env).
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Adds a former secret: tokens signed with it are accepted until they expire, while new ones are signed with
    /// [`secret`](Self::secret).
    ///
    /// A new secret needs one start at least at which the one before is listed here, because it opens the data key of
    /// the store; without it, `build()` fails. To refuse the tokens of a leaked secret at once, call
    /// [`rotate_secret`](super::Auth::rotate_secret) right after.
    pub fn former_secret(mut self, secret: Secret) -> Self {
        self.former_secrets.push(secret);
        self
    }

    /// Reads `JWT_SECRET_KEY` (unless a secret was given), `JWT_ACCESS_TTL`, `JWT_REFRESH_TTL`, `JWT_ISSUER` and
    /// `JWT_AUDIENCE`. Durations are written like `15m` or `7d`. Any other name that starts with `JWT_` is an error.
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

    /// Sets the issuer of the tokens (`iss`). Defaults to the name of the user type.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.settings.issuer = Some(issuer.into());
        self
    }

    /// Sets the audience of the tokens (`aud`). Defaults to the name of the user type, so that a token for one user
    /// type is not accepted for another.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.settings.audience = Some(audience.into());
        self
    }

    /// Sets the lifetime of access tokens: 15 minutes by default, at most an hour.
    pub fn access_ttl(mut self, ttl: Duration) -> Self {
        self.settings.access_ttl = ttl;
        self
    }

    /// Allows an [`access_ttl`](Self::access_ttl) of more than an hour. A stolen token is valid for as long; consider
    /// refreshing instead.
    pub fn allow_long_access_tokens(mut self) -> Self {
        self.settings.long_access_ttl = true;
        self
    }

    /// Sets how long a session lives without a refresh: 30 days by default.
    pub fn session_idle_timeout(mut self, ttl: Duration) -> Self {
        self.settings.refresh_idle = ttl;
        self
    }

    /// Sets how long a session lives regardless of refreshes: 90 days by default.
    pub fn session_max_lifetime(mut self, limit: Duration) -> Self {
        self.settings.refresh_absolute = limit;
        self
    }

    /// Sets the maximum number of sessions per user: 20 by default. A login beyond it ends the least recently used
    /// session.
    ///
    /// To keep logins fast, each ends at most five sessions. If this limit was lowered, or many logins happen at once,
    /// later logins end the work. A login does not fail because an old session could not be ended in the store; the
    /// next login tries again.
    pub fn sessions_per_user(mut self, most: usize) -> Self {
        self.settings.sessions_per_user = most;
        self
    }

    /// Sets how long a refresh token that was just exchanged still yields the same successor: 10 seconds by default, at
    /// most 60. With zero it never does, and a second tab or a lost response ends the session.
    pub fn refresh_grace(mut self, grace: Duration) -> Self {
        self.settings.refresh_grace = grace;
        self
    }

    /// Sets how much the clocks of two servers may differ: 5 seconds by default, at most 60.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.settings.leeway = leeway;
        self
    }

    /// Skips the check of the table: columns, defaults, unique indexes, logins that nobody could sign in with. See
    /// [`Auth::check_schema`](super::Auth::check_schema).
    ///
    /// The check reads all rows once per login field, which takes one or two seconds for two million rows. After five
    /// seconds it gives up with a warning, so a large table does not keep `build()` from starting. Skip it if even that
    /// is too long.
    pub fn skip_table_check(mut self) -> Self {
        self.settings.check_table = false;
        self
    }

    /// Sets how often this process polls the store for revocations by other processes: every half second by default, so
    /// that a logout takes effect everywhere within a second. Zero turns polling off, for tests and for applications in
    /// which a single process uses the store.
    ///
    /// Each poll makes two small queries. Memory is trusted for one second after the start of a successful poll, or for
    /// twice this interval if that is longer. After that, guards query the store on each request until a poll succeeds
    /// again, and answer 503 if the store does not respond. They do the same while polls are slow, or if the polling
    /// task does not run.
    pub fn revocation_feed(mut self, every: Duration) -> Self {
        self.settings.feed_pace = every;
        self
    }

    /// Sets how long one request waits for the store, over all calls of the library together: 1.5 seconds by default,
    /// so that a request gets a 503 within two seconds if the database is gone, hangs, or has no free connection. At
    /// least 10 ms, at most a minute.
    ///
    /// Abandoned calls may have reached the database. Nothing is acknowledged that was not stored, and everything can
    /// be retried. Waiting for a free connection takes two seconds at most, regardless of this setting. (For your own
    /// queries, set `acquire_timeout` and TCP keep-alives on your pool.)
    pub fn store_timeout(mut self, timeout: Duration) -> Self {
        self.settings.store_timeout = timeout;
        self
    }

    /// Lets `user: User` be a recently read row instead of querying on each request, for up to this long: at most a
    /// minute; five seconds is a good value. Off by default. At most 16,384 rows are kept, the most recently read ones.
    ///
    /// Changes made through this crate are visible to the next request in this process, and in others as soon as
    /// revocations are ([`revocation_feed`](Self::revocation_feed)). Changes that the application writes into the table
    /// itself are not visible until the time has passed: call
    /// [`auth.accounts().row_changed(&id)`](crate::Accounts::row_changed), or leave the cache off. Rules with `live`, sign-in,
    /// refresh and password change never use the cache, and nothing does while the revocation feed is silent.
    pub fn user_cache(mut self, life: Duration) -> Self {
        self.settings.user_cache = life;
        self
    }

    /// Sets the memory for verified access tokens, in bytes. The next request with such a token costs a memory lookup
    /// instead of an HMAC and parsing. The default of 8 MiB holds some seven thousand tokens of usual size, keeping
    /// those used most recently and most often. With 0, every token is verified every time.
    ///
    /// Expiry and revocation are checked every time in any case, and a [rotation](crate::Auth::rotate_secret) clears
    /// the cache.
    pub fn token_cache(mut self, bytes: usize) -> Self {
        self.settings.token_cache = bytes;
        self
    }

    /// Sets how processes tell each other about revocations at once, instead of at the next poll: Redis, or your own
    /// [`Broadcast`]. While it is unavailable, the revocation feed works as well as without it.
    pub fn broadcast(mut self, broadcast: impl Broadcast) -> Self {
        self.broadcast = Some(Arc::new(broadcast));
        self
    }

    /// Sets the source of time.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the source of randomness.
    pub fn random(mut self, random: impl Random) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Adds an observer of events: an audit log, metrics, notices to users.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observers.add(observer);
        self
    }

    /// Sets the hooks that the application runs before and after sign-up and login.
    pub fn hooks(mut self, hooks: impl Hooks<U>) -> Self {
        self.hooks = Arc::new(hooks);
        self
    }

    /// Sets the rate limits, which are on by default: see [`Limits`]. Limits per address need to know the address:
    /// serve with [`auth::serve`](crate::serve) or `into_make_service_with_connect_info::<SocketAddr>()`, and behind a
    /// proxy set [`trusted_proxies`](Self::trusted_proxies). Otherwise only attempts per account are counted.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets where counters are kept, unless the [`limits`](Self::limits) say so themselves (`in_memory`, `limiter`). By
    /// default they are kept among the records.
    pub fn limiter(mut self, limiter: impl Limiter) -> Self {
        self.limiter = Some(Arc::new(limiter));
        self
    }

    /// Sets the proxies that are trusted to report the client's address. None by default: their headers are ignored.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Sets how errors are answered: with a page, a redirect to the login form, or the error format of your API. `page`
    /// gets the problem document that would be sent, and returns it, changed or not, or another response.
    ///
    /// It answers the errors of the library's routes and guards, and every [`AuthError`] that a handler of yours returns,
    /// if the handler is in [`Routes`](crate::routing::Routes) or behind [`Auth::require`]. In a plain `axum::Router`,
    /// call [`Auth::error_response`].
    ///
    /// `Cache-Control`, and as long as `page` keeps the status also `Retry-After` and `WWW-Authenticate`, are added to a
    /// response that lacks them: clients depend on them.
    ///
    /// ```
    /// # use auth::{AuthBuilder, AuthError, AuthUser};
    /// use axum::Json;
    /// use axum::http::header::ACCEPT;
    /// use axum::response::{IntoResponse, Redirect};
    ///
    /// # fn with<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
    /// builder.on_error(|error, request, answer| match error {
    ///     AuthError::NotSignedIn if request.headers.get(ACCEPT).is_some_and(|types| types == "text/html") => {
    ///         Redirect::to("/login").into_response()
    ///     }
    ///     AuthError::Denied { .. } => answer, // as it is
    ///     _ => (error.status(), Json(serde_json::json!({ "error": error.code() }))).into_response(),
    /// })
    /// # }
    /// ```
    pub fn on_error(mut self, page: impl Fn(&AuthError, &Parts, Response) -> Response + Send + Sync + 'static) -> Self {
        self.on_error = Some(Arc::new(page));
        self
    }

    /// Sets the scheme with which clients send access tokens: `Token` for `Authorization: Token …`. `Bearer` (RFC 6750)
    /// by default, and still accepted beside another. Any other scheme counts as no token at all.
    ///
    /// The challenges of 401 answers (`WWW-Authenticate`), the `OpenAPI` document and the client of the test kit follow
    /// it. `build()` refuses what is no name of a scheme, and the schemes for which browsers ask people for a password.
    pub fn bearer_scheme(mut self, name: &str) -> Self {
        match AuthScheme::parse(name) {
            Ok(scheme) => self.scheme = scheme,
            Err(problem) => self.problems.push(problem),
        }
        self
    }

    /// Sets how tokens travel in cookies.
    #[cfg(feature = "cookies")]
    pub fn cookies(mut self, cookies: CookieSettings) -> Self {
        self.cookies = Some(cookies);
        self
    }

    /// Sets the rules for passwords, the cost of a hash, and verifiers for hashes of other schemes.
    #[cfg(feature = "password")]
    pub fn passwords(mut self, passwords: crate::password::PasswordConfig) -> Self {
        self.has_legacy = passwords.has_legacy();
        self.allows_common_passwords = passwords.allows_common();
        self.passwords = passwords;
        self
    }
}
