//! What happened: one typed event for every decision, with no secret in it.

mod trace;
mod words;

use std::fmt;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::claims::{Amr, SessionId};
use crate::clock::Timestamp;

/// One decision. Fields never hold passwords, tokens or hashes; users are named by id.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// The client's address, where there is one.
    pub ip: Option<IpAddr>,
    /// Which login was tried, where somebody tried one: a keyed hash, the same for each attempt at it, whether there is
    /// such an account or not.
    pub account: Option<String>,
    /// Who did it, if not the user: what [`Client::acting`](crate::Client::acting) was told.
    pub actor: Option<String>,
    /// What.
    pub kind: EventKind,
}

impl Event {
    pub(crate) const fn new(at: Timestamp, ip: Option<IpAddr>, kind: EventKind) -> Self {
        Self { at, ip, account: None, actor: None, kind }
    }

    /// The same, done by somebody else than the user.
    pub(crate) fn by(self, actor: Option<String>) -> Self {
        Self { actor, ..self }
    }

    /// The same, about an attempt at this login.
    pub(crate) fn about(self, account: String) -> Self {
        Self { account: Some(account), ..self }
    }
}

/// What happened. `user` is the id as text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "`user` and `session` say what they are")]
pub enum EventKind {
    /// An account was made by sign-up.
    Registered { user: String },
    /// A sign-up was refused that broke no rule of its fields.
    RegistrationRefused { reason: RegistrationRefusal },
    /// Somebody proved who they are; a session began.
    LoginSucceeded { user: String, session: SessionId, amr: Amr },
    /// Somebody signed in proved again who they are; the session is fresh.
    Reauthenticated { user: String, session: SessionId },
    /// Somebody did not.
    LoginFailed { user: Option<String>, reason: LoginFailure },
    /// A stored password hash could not be read: the row is damaged, the password was not wrong.
    CorruptHash { user: String },
    /// The stored hash was renewed at login, because the policy rose or the scheme is a legacy one.
    PasswordRehashed { user: String },
    /// A refresh token was exchanged. `rotated` is false for a retry within the grace window.
    Refreshed { user: String, session: SessionId, rotated: bool },
    /// A refresh was refused. A token that could be none names no session.
    RefreshRefused { session: Option<SessionId>, reason: RefreshRefusal },
    /// A spent refresh token was used again: theft. The session and its access tokens are dead.
    RefreshReused { user: String, session: SessionId },
    /// A session was ended by its user, another session of that user, or the application.
    SessionEnded { user: String, session: SessionId },
    /// Every session of the user (but perhaps one) was ended.
    SessionsEnded { user: String, except: Option<SessionId> },
    /// Somebody tried too often and was refused before anything was looked at.
    Limited { action: LimitedAction, by: LimitedBy, retry_after: Duration },
    /// So many attempts in a row failed that the account is locked for strangers: see [`Limits`](crate::Limits).
    PasswordLocked { user: Option<String> },
    /// The application ended such a lock.
    PasswordUnlocked { user: String },
    /// A request was refused by a guard.
    Refused { user: Option<String>, reason: Refusal },
    /// The user changed the password, or the application set it.
    PasswordChanged { user: String },
    /// The application switched the account on or off.
    ActiveChanged { user: String, active: bool },
    /// The application changed the roles.
    RolesChanged { user: String },
    /// The application changed the user's own permissions.
    PermissionsChanged { user: String },
    /// The application said that it wrote the row itself.
    UserChanged { user: String },
    /// The application created the account.
    UserCreated { user: String },
    /// The application deleted the account.
    UserDeleted { user: String },
}

impl EventKind {
    /// The stable word for this kind: `login_succeeded`, `refresh_reused`, …; for audit tables and counters.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "registered",
            Self::RegistrationRefused { .. } => "registration_refused",
            Self::LoginSucceeded { .. } => "login_succeeded",
            Self::Reauthenticated { .. } => "reauthenticated",
            Self::LoginFailed { .. } => "login_failed",
            Self::CorruptHash { .. } => "corrupt_hash",
            Self::PasswordRehashed { .. } => "password_rehashed",
            Self::Refreshed { .. } => "refreshed",
            Self::RefreshRefused { .. } => "refresh_refused",
            Self::RefreshReused { .. } => "refresh_reused",
            Self::SessionEnded { .. } => "session_ended",
            Self::SessionsEnded { .. } => "sessions_ended",
            Self::Limited { .. } => "limited",
            Self::PasswordLocked { .. } => "password_locked",
            Self::PasswordUnlocked { .. } => "password_unlocked",
            Self::Refused { .. } => "refused",
            Self::PasswordChanged { .. } => "password_changed",
            Self::ActiveChanged { .. } => "active_changed",
            Self::RolesChanged { .. } => "roles_changed",
            Self::PermissionsChanged { .. } => "permissions_changed",
            Self::UserChanged { .. } => "user_changed",
            Self::UserCreated { .. } => "user_created",
            Self::UserDeleted { .. } => "user_deleted",
        }
    }

    /// Whom it is about, as far as is known: the id as text.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::LoginFailed { user, .. } | Self::Refused { user, .. } | Self::PasswordLocked { user, .. } => {
                user.as_deref()
            }
            Self::RefreshRefused { .. } | Self::RegistrationRefused { .. } | Self::Limited { .. } => None,
            Self::Registered { user }
            | Self::LoginSucceeded { user, .. }
            | Self::Reauthenticated { user, .. }
            | Self::CorruptHash { user }
            | Self::PasswordRehashed { user }
            | Self::Refreshed { user, .. }
            | Self::RefreshReused { user, .. }
            | Self::SessionEnded { user, .. }
            | Self::SessionsEnded { user, .. }
            | Self::PasswordChanged { user }
            | Self::ActiveChanged { user, .. }
            | Self::RolesChanged { user }
            | Self::PermissionsChanged { user }
            | Self::UserChanged { user }
            | Self::UserCreated { user }
            | Self::UserDeleted { user }
            | Self::PasswordUnlocked { user } => Some(user),
        }
    }
}

/// Why a login failed. Only for the operator: the client gets one answer for the first three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginFailure {
    /// No account has this login.
    UnknownAccount,
    /// The password is wrong.
    WrongPassword,
    /// The account has no password.
    NoPassword,
    /// The password was right, the account is switched off; or, after [`EventKind::Registered`], it is not active yet.
    Inactive,
    /// The password was right, a hook of the application said no.
    Denied,
    /// The account changed (password, log-out of all sessions) while the password was being checked.
    Raced,
}

/// What somebody did too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitedAction {
    /// Sign-up.
    Register,
    /// Login.
    Login,
    /// Proving again who they are.
    Reauthenticate,
    /// Change of password.
    ChangePassword,
    /// Refresh.
    Refresh,
    /// Log-out.
    Logout,
}

/// What was used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitedBy {
    /// Attempts of the address.
    Address,
    /// Failed attempts of the address.
    FailuresOfAddress,
    /// Failed attempts of this client at this account: a wait that grows.
    Pair,
    /// Attempts of strangers at this account.
    Account,
    /// Failed attempts in a row at this account, which is locked for strangers.
    Locked,
    /// Refreshes of the session.
    Session,
}

/// Why a sign-up was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationRefusal {
    /// Somebody else has the login.
    Taken,
    /// A hook of the application said no.
    Denied,
}

/// Why a refresh was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshRefusal {
    /// Not the text of a refresh token.
    Malformed,
    /// No such session: unknown, ended, or purged.
    Unknown,
    /// Idle or absolute limit.
    Expired,
    /// Ended by a change of password, log-out of all sessions, or the operator.
    Revoked,
    /// The account is gone or switched off.
    Inactive,
}

/// Why a guard refused. Only for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// No credentials.
    NotSignedIn,
    /// A token nobody could accept.
    InvalidToken,
    /// A good token of a session that was ended.
    Revoked,
    /// The account is gone or switched off.
    Inactive,
    /// The rule of the route.
    Rule,
    /// The rule of the route, which a more recent or a stronger login would meet.
    StepUp,
    /// A check in the rule answered with an error of its own.
    Check,
    /// Cookies from another site.
    CrossSite,
}

/// Gets every event: write it to an audit table, count it, tell the user. Called on the request's task, after the
/// change was stored: it must not block; hand long work to a channel. A panic in it is caught and logged.
///
/// Any `Fn(&Event) + Send + Sync` is an observer. Here a task writes what happened into an audit table:
///
/// ```
/// # #[cfg(all(feature = "macros", feature = "password", feature = "testing"))] {
/// # use auth::store::{Change, MemoryRecords, MemoryUsers};
/// # use auth::{Auth, AuthUser, NewUser, PasswordHash, Secret};
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
/// #     #[auth(register)] display_name: String }
/// # fn builder() -> auth::AuthBuilder<User> {
/// #     let create = |new: NewUser<User>, next: u64| User { id: next as i64, email: new.registration.email,
/// #         password_hash: new.password_hash.unwrap(), display_name: new.registration.display_name };
/// #     let users = MemoryUsers::new(create, |_: &mut User, _: Change<User>| ());
/// #     let secret = Secret::new("Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL").unwrap();
/// #     Auth::<User>::builder((users, MemoryRecords::new())).secret(secret)
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth::event::Event;
/// use auth::{Client, Credentials};
///
/// let (sender, mut audit) = tokio::sync::mpsc::unbounded_channel::<Event>();
/// let builder = builder().observer(move |event: &Event| drop(sender.send(event.clone())));
/// let auth = builder.build().await?;
///
/// let nobody = Credentials::new("nobody@example.org", "correct horse battery staple");
/// auth.login(nobody, &Client::default()).await.unwrap_err();
///
/// let event = audit.recv().await.unwrap(); // INSERT INTO audit (at, event, account_id, reason, ip) …
/// assert_eq!(event.kind.name(), "login_failed");
/// assert_eq!((event.kind.user(), event.kind.reason()), (None, Some("unknown_account")));
/// # Ok::<_, auth::Error>(()) }).unwrap(); }
/// ```
///
/// `tracing` gets every event, too, each part in a field of its own: `event`, `user`, `session`, `reason`, `ip`, `account`;
/// with `active`, `rotated`, `action` and `retry_after` (seconds) where an event has them. The targets are `auth::login`,
/// `auth::token` and `auth::guard`.
pub trait Observer: Send + Sync + 'static {
    /// Something happened.
    fn observe(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> Observer for F {
    fn observe(&self, event: &Event) {
        self(event);
    }
}

/// The observers of an application, in the order they were added; `tracing` always comes first.
#[derive(Clone, Default)]
pub(crate) struct Observers(Vec<Arc<dyn Observer>>);

impl Observers {
    pub(crate) fn add(&mut self, observer: impl Observer) {
        self.0.push(Arc::new(observer));
    }

    pub(crate) fn tell(&self, event: &Event) {
        trace::trace(event);
        for observer in &self.0 {
            // An audit sink that panics must not turn a decision that was already stored into an error (LOG-05).
            if catch_unwind(AssertUnwindSafe(|| observer.observe(event))).is_err() {
                tracing::error!(target: "auth::event", "an observer panicked");
            }
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observers({})", self.0.len())
    }
}
