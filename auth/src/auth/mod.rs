//! [`Auth`]: the handle an application holds, and everything it can do.

#[cfg(feature = "password")]
mod address;
mod api_keys;
#[cfg(feature = "cli")]
mod before_build;
mod build;
mod build_keys;
mod builder;
mod check_schema;
#[cfg(feature = "password")]
mod factors;
mod former_tokens;
#[cfg(feature = "cli")]
mod inspection;
mod introspection;
mod mail;
mod mail_settings;
#[cfg(feature = "password")]
mod mailed;
mod maintenance;
#[cfg(feature = "password")]
mod passkeys;
#[cfg(feature = "password")]
mod recovery;
#[cfg(feature = "cli")]
mod risks;
mod rotate;
mod sessions;
#[cfg(feature = "password")]
mod sign_in;
mod signing_key_settings;
mod signing_keys;
#[cfg(feature = "testing")]
mod test_access;
#[cfg(feature = "password")]
mod trusted_devices;
mod verify;
#[cfg(feature = "password")]
mod well_known;

use std::fmt;
use std::sync::Arc;

pub use builder::AuthBuilder;
#[cfg(feature = "cli")]
pub(crate) use risks::Risk;

use crate::account::{AccountService, Accounts};
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::context::Context;
use crate::former_tokens::FormerTokenService;
use crate::http_settings::HttpSettings;
use crate::keys::DataKey;
use crate::mail::Outbox;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, LimitedAction};
use crate::model::user::AuthUser;
use crate::policy::Access;
use crate::rate_limits::{BegunAttempt, RateLimits};
use crate::revocation::RevocationFeed;
use crate::session::Sessions;
use crate::signing_keys::SigningKeys;
use crate::token::access::AccessTokens;

/// Authentication for users of type `U`. Cheap to clone; put it into the router's state.
///
/// Every route of this crate is a thin wrapper around a method of this type, so your own handlers, a gRPC service or a
/// job can do the same.
///
/// ```
/// # #[cfg(all(feature = "testing", feature = "macros"))] {
/// # use auth::{Auth, AuthUser, PasswordHash, Secret};
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
/// # async fn demo(stores: impl auth::store::Backend<User>) -> auth::Result<()> {
/// let auth = Auth::<User>::builder(stores)
///     .secret(Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?)
///     .build()
///     .await?;
/// # Ok(()) } }
/// ```
pub struct Auth<U: AuthUser> {
    inner: Arc<Inner<U>>,
}

/// The parts of a handle. Each owns its state; the handle passes calls on.
struct Inner<U: AuthUser> {
    context: Context<U>,
    feed: Arc<RevocationFeed<U>>,
    limits: Arc<RateLimits<U>>,
    sessions: Arc<Sessions<U>>,
    accounts: Arc<AccountService<U>>,
    /// If the application has set a mailer.
    outbox: Option<Arc<Outbox<U>>>,
    /// Whether people sign in by mail.
    mail_sign_in: bool,
    http: Arc<HttpSettings>,
    /// Who may ask about tokens, if anybody may.
    introspection: Option<&'static Access<U>>,
    /// What outlives a rotation of the secret hangs on it.
    data_key: DataKey,
    /// One rotation at a time, so that the keys here and the sealed copies of the data key agree.
    rotating: Arc<tokio::sync::Mutex<()>>,
    signing_keys: Option<Arc<SigningKeys<U::Claims>>>,
    /// While tokens of the former auth are accepted.
    former_tokens: Option<Arc<FormerTokenService<U>>>,
}

impl<U: AuthUser> Auth<U> {
    /// Returns the methods that manage accounts.
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_, U> {
        Accounts::new(&self.inner.accounts)
    }

    /// Whether both are clones of the same handle.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Returns the time by this handle's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.inner.context.reporter.now()
    }

    /// Reports an event.
    pub(crate) fn report(&self, client: &ClientInfo, kind: EventKind) {
        self.inner.context.reporter.report(client, kind);
    }

    /// Returns how requests are read and answered.
    pub(crate) fn http(&self) -> &HttpSettings {
        &self.inner.http
    }

    /// Returns the same, for what outlives the handle.
    pub(crate) fn http_settings(&self) -> Arc<HttpSettings> {
        Arc::clone(&self.inner.http)
    }

    /// Returns what knows which tokens have been revoked.
    pub(crate) fn feed(&self) -> &RevocationFeed<U> {
        &self.inner.feed
    }

    /// Counts an attempt at the rate of the client's address. Our routes do so before they read the body: reading and
    /// refusing one costs more than everything else that a stranger can ask for.
    pub(crate) fn begin_attempt(&self, action: LimitedAction, client: &ClientInfo) -> Result<BegunAttempt, AuthError> {
        self.inner.limits.begin_attempt(action, client)
    }

    /// Returns what the methods of the handle call: our routes have begun the attempt already.
    pub(crate) fn account_service(&self) -> &Arc<AccountService<U>> {
        &self.inner.accounts
    }

    /// Returns what verifies this text, if it may be a token of the former auth.
    pub(crate) fn former_tokens(&self, presented: &str) -> Option<&FormerTokenService<U>> {
        self.inner.former_tokens.as_deref().filter(|former| former.may_be(presented))
    }

    /// Returns what issues and verifies access tokens.
    pub(crate) fn tokens(&self) -> &AccessTokens<U::Claims> {
        &self.inner.context.tokens
    }
}

impl<U: AuthUser> Clone for Auth<U> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<U: AuthUser> fmt::Debug for Auth<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Auth<{}>", U::SCHEMA.name)
    }
}
