//! [`Auth`]: the handle an application holds, and everything it can do.

mod account;
#[cfg(feature = "password")]
mod begin;
mod build;
mod builder;
mod check_schema;
#[cfg(feature = "cookies")]
mod cookies;
#[cfg(not(feature = "cookies"))]
#[path = "no_cookies.rs"]
mod cookies;
mod data_key;
mod everything;
mod feed;
mod hooks;
mod limits;
mod logins;
mod maintenance;
mod marks;
mod pages;
#[cfg(feature = "password")]
mod passwords;
#[cfg(feature = "password")]
mod reauthenticate;
mod revoke;
mod rotate;
mod session;
#[cfg(feature = "password")]
mod sign_in;
mod store_id;
mod unfinished;
mod users;
mod verify;

use std::fmt;
use std::sync::Arc;

pub use builder::AuthBuilder;
#[cfg(feature = "cookies")]
pub use cookies::CookieSettings;
pub(crate) use cookies::Cookies;
#[cfg(feature = "cookies")]
pub(crate) use cookies::Mode;
pub(crate) use feed::Standing;
#[cfg(fuzzing)]
pub(crate) use feed::fuzz;
pub use hooks::Hooks;
pub(crate) use pages::{ErrorPages, OnError};
#[cfg(feature = "password")]
pub use reauthenticate::FreshToken;
pub use session::{SessionInfo, Tokens};
#[cfg(feature = "password")]
pub use sign_in::Credentials;
pub use users::Management;

use crate::address::TrustedProxies;
use crate::clock::{Clock, Timestamp};
use crate::event::{Event, EventKind, Observers};
use crate::keys::DataKey;
use crate::random::Random;
use crate::store::{DynAccounts, DynRecords, DynUsers, Rows};
use crate::token::access::AccessTokens;
use crate::token::revoke::Revocations;
use crate::token::session::{Client, Lifetimes};
use crate::user::AuthUser;

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

pub(crate) struct Inner<U: AuthUser> {
    pub(crate) users: Arc<dyn DynUsers<U>>,
    pub(crate) rows: Option<Arc<Rows<U>>>,
    pub(crate) records: Arc<dyn DynRecords>,
    /// Users and records at once, if they share a database.
    pub(crate) accounts: Option<Arc<dyn DynAccounts<U>>>,
    pub(crate) store_timeout: std::time::Duration,
    pub(crate) kinds: Kinds,
    pub(crate) tokens: AccessTokens<U::Claims>,
    /// What outlives a rotation of the secret hangs on it.
    pub(crate) data_key: DataKey,
    /// One rotation at a time, so that the keys here and the sealed copies of the data key agree.
    pub(crate) rotating: tokio::sync::Mutex<()>,
    pub(crate) revocations: Revocations<U::Id>,
    pub(crate) feed: feed::Feed,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) grace: std::time::Duration,
    pub(crate) sessions_per_user: usize,
    pub(crate) unfinished: unfinished::Queue<unfinished::Rest<U>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) observers: Observers,
    pub(crate) pages: ErrorPages,
    pub(crate) cookies: Cookies,
    pub(crate) hooks: Arc<dyn hooks::DynHooks<U>>,
    pub(crate) limiting: limits::Limiting,
    pub(crate) proxies: TrustedProxies,
    #[cfg(feature = "password")]
    pub(crate) passwords: crate::password::Passwords,
}

/// The kinds of records that this user type writes; they are distinct for every user type.
#[derive(Debug)]
pub(crate) struct Kinds {
    pub(crate) session: String,
    pub(crate) revoked: String,
    pub(crate) mark: String,
    pub(crate) data_key: String,
    /// Sign-ups that may have been interrupted, by login.
    pub(crate) begun: String,
}

impl Kinds {
    fn of(realm: &str) -> Self {
        let kind = |what| format!("{realm}.{what}");
        Self {
            session: kind("session"),
            revoked: kind("revoked"),
            mark: kind("mark"),
            begun: kind("begun"),
            data_key: kind("data-key"),
        }
    }

    /// The kinds whose records say that something was issued for their owner. A database may give the id of a deleted
    /// account to the next one, which must not inherit it.
    pub(crate) fn issued(&self) -> [&str; 3] {
        // Without `..`: a new kind does not compile until somebody decides whether it belongs here and below.
        let Self { session, revoked, mark, begun: _, data_key: _ } = self;
        [mark, session, revoked]
    }

    /// The kinds whose records end with the account of their owner. (Revocations and marks go on: they only refuse.)
    pub(crate) fn ending(&self) -> [&str; 1] {
        let Self { session, revoked: _, mark: _, begun: _, data_key: _ } = self;
        [session]
    }
}

impl<U: AuthUser> Auth<U> {
    pub(crate) fn inner(&self) -> &Inner<U> {
        &self.inner
    }

    /// Whether both are clones of the same handle.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Returns the time by this handle's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Reports an event.
    pub(crate) fn tell(&self, client: &Client, kind: EventKind) {
        self.inner.observers.tell(&Event::new(self.now(), client.ip, kind).by(client.actor.clone()));
    }

    /// Reports an event about a login attempt, identified by a keyed hash.
    pub(crate) fn tell_about(&self, client: &Client, account: String, kind: EventKind) {
        self.inner.observers.tell(&Event::new(self.now(), client.ip, kind).about(account));
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
