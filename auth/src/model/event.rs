//! Events: one typed record for every decision, free of secrets.

mod mail;
mod names;
mod reasons;
mod reporter;
mod trace;

use std::fmt;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::pending_sign_in::Needs;
use crate::model::api_key_id::ApiKeyId;
use crate::model::claims::{Amr, SessionId};
pub use mail::{LetterKind, MailedTokenFailure};
pub use reasons::{KeyRefusal, LimitedAction, LimitedBy, LoginFailure, RefreshRefusal, Refusal, RegistrationRefusal};
pub(crate) use reporter::Reporter;

/// The record of one decision. Fields never hold passwords, tokens or hashes; users are identified by id.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// When it happened.
    pub at: Timestamp,
    /// The client's address, if known.
    pub ip: Option<IpAddr>,
    /// A keyed hash of the login that was tried, if any: the same for every attempt with that login, whether the
    /// account exists or not.
    pub account: Option<String>,
    /// Who acted, if not the user: the value given to [`ClientInfo::with_actor`](crate::ClientInfo::with_actor).
    pub actor: Option<String>,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    pub(crate) const fn new(at: Timestamp, ip: Option<IpAddr>, kind: EventKind) -> Self {
        Self { at, ip, account: None, actor: None, kind }
    }

    /// Sets who acted instead of the user.
    pub(crate) fn by(self, actor: Option<String>) -> Self {
        Self { actor, ..self }
    }

    /// Sets the login that was tried.
    pub(crate) fn about(self, account: String) -> Self {
        Self { account: Some(account), ..self }
    }
}

/// The kind of an event. `user` is the id as text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "`user`, `session`, `key_id`, `former` and `left` say what they are")]
pub enum EventKind {
    /// An account was created by sign-up.
    Registered { user: String },
    /// A sign-up with valid fields was refused.
    RegistrationRefused { reason: RegistrationRefusal },
    /// A sign-up was accepted and waits until its address is confirmed. Whether there is an account with the address
    /// already is found out later.
    SignUpRequested,
    /// Somebody asked to sign in or to reauthenticate by mail; `user` if there is such an account. It is mailed if it is active.
    SignInRequested { user: Option<String> },
    /// A sign-in was right so far, and needs another step.
    SignInPending { user: String, needs: Needs },
    /// A user signed in; a session began.
    LoginSucceeded { user: String, session: SessionId, amr: Amr },
    /// A session began for somebody who presents a token of the former auth: nobody has signed in.
    FormerTokenAccepted { user: String, session: SessionId },
    /// A signed-in user proved their identity again; the session is fresh.
    Reauthenticated { user: String, session: SessionId },
    /// A login failed.
    LoginFailed { user: Option<String>, reason: LoginFailure },
    /// A stored password hash could not be read: the row is damaged, which is not a wrong password.
    CorruptHash { user: String },
    /// The stored hash was renewed at login, because the policy was raised or the hash uses a legacy scheme.
    PasswordRehashed { user: String },
    /// A refresh token was exchanged. `rotated` is false for a retry within the grace period.
    Refreshed { user: String, session: SessionId, rotated: bool },
    /// A refresh was refused. There is no session if the text cannot be a refresh token.
    RefreshRefused { session: Option<SessionId>, reason: RefreshRefusal },
    /// A spent refresh token was used again, which means theft. The session was ended, and its access tokens are
    /// refused.
    RefreshReused { user: String, session: SessionId },
    /// A session was ended: by itself, by another session of the user, or by the application.
    SessionEnded { user: String, session: SessionId },
    /// Every session of the user was ended, except possibly one.
    SessionsEnded { user: String, except: Option<SessionId> },
    /// The application ended every session of every user: [`Auth::end_everything`](crate::Auth::end_everything).
    EverythingEnded,
    /// A request exceeded a rate limit and was refused before anything was checked.
    Limited { action: LimitedAction, by: LimitedBy, retry_after: Duration },
    /// After too many failures in a row the account is locked for unknown clients: see [`Limits`](crate::Limits).
    PasswordLocked { user: Option<String> },
    /// The application lifted such a lock.
    PasswordUnlocked { user: String },
    /// A guard refused a request.
    Refused { user: Option<String>, reason: Refusal },
    /// The user changed the password, or the application set it.
    PasswordChanged { user: String },
    /// Somebody asked for a new password by mail; `user` if there is such an account. It is mailed if it is active.
    PasswordResetRequested { user: Option<String> },
    /// The user set a new password with a mailed link or code. A [`PasswordChanged`](Self::PasswordChanged) came
    /// before.
    PasswordReset { user: String },
    /// A mailed link or code was refused.
    PasswordResetFailed { user: Option<String>, reason: MailedTokenFailure },
    /// The address of the account was confirmed, by its user or by the application.
    AddressVerified { user: String },
    /// A mailed link or code that confirms an address was refused.
    AddressVerificationFailed { user: Option<String>, reason: MailedTokenFailure },
    /// An account whose address was not confirmed was taken over by whoever reads the mail of the address: everything
    /// that was set before has ended.
    AccountReclaimed { user: String },
    /// The user asked for another address, which has to be confirmed.
    AddressChangeRequested { user: String },
    /// The login in this column was changed, by its user or by the application.
    LoginChanged { user: String, field: &'static str },
    /// The former address took a change back.
    AddressChangeUndone { user: String },
    /// The user confirmed an authenticator app.
    FactorAdded { user: String },
    /// The user removed it.
    FactorRemoved { user: String },
    /// The application removed every factor of the account.
    FactorsReset { user: String },
    /// A device is trusted from now on: a second step is not asked for there.
    DeviceTrusted { user: String },
    /// The user trusts no device any more.
    DevicesForgotten { user: String },
    /// The user made new recovery codes.
    RecoveryCodesGenerated { user: String },
    /// A recovery code was right, and is used up.
    RecoveryCodeUsed { user: String, left: u8 },
    /// The user added a passkey.
    PasskeyAdded { user: String },
    /// The user removed a passkey.
    PasskeyRemoved { user: String },
    /// A passkey bound to one device was refused because its signature counter has not increased: it may have been cloned.
    PasskeyCloned { user: String },
    /// A passkey that may be on several devices was accepted although its signature counter has not increased: its copies
    /// need not share one. Beside other doubts about the account it is worth a look.
    PasskeyCounterRepeated { user: String },
    /// An API key was made, by its owner or by the application.
    KeyCreated { user: String, key_id: ApiKeyId },
    /// An API key has taken the place of another one, which works for some time more.
    KeyRotated { user: String, key_id: ApiKeyId, former: ApiKeyId },
    /// An API key was revoked.
    KeyRevoked { user: String, key_id: ApiKeyId },
    /// The application ended every API key of the account.
    KeysEnded { user: String },
    /// An API key was refused; `user` and `key_id` if there is one.
    KeyRefused { user: Option<String>, key_id: Option<ApiKeyId>, reason: KeyRefusal },
    /// The mailer has taken a mail.
    MailSent { user: String, letter: LetterKind },
    /// The mailer has not taken a mail; it is tried again.
    MailDelayed { user: String, letter: LetterKind },
    /// The mailer has refused a mail for good, or for too long.
    MailFailed { user: String, letter: LetterKind },
    /// The application enabled or disabled the account.
    ActiveChanged { user: String, active: bool },
    /// The application changed the user's roles.
    RolesChanged { user: String },
    /// The application changed the user's own permissions.
    PermissionsChanged { user: String },
    /// The application reported that it changed the row itself.
    UserChanged { user: String },
    /// The application created the account.
    UserCreated { user: String },
    /// The application deleted the account.
    UserDeleted { user: String },
}

impl EventKind {
    /// Returns the stable name of this kind (`login_succeeded`, `refresh_reused`, …), for audit tables and metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "registered",
            Self::RegistrationRefused { .. } => "registration_refused",
            Self::SignUpRequested => "sign_up_requested",
            Self::SignInRequested { .. } => "sign_in_requested",
            Self::SignInPending { .. } => "sign_in_pending",
            Self::LoginSucceeded { .. } => "login_succeeded",
            Self::FormerTokenAccepted { .. } => "former_token_accepted",
            Self::Reauthenticated { .. } => "reauthenticated",
            Self::LoginFailed { .. } => "login_failed",
            Self::CorruptHash { .. } => "corrupt_hash",
            Self::PasswordRehashed { .. } => "password_rehashed",
            Self::Refreshed { .. } => "refreshed",
            Self::RefreshRefused { .. } => "refresh_refused",
            Self::RefreshReused { .. } => "refresh_reused",
            Self::SessionEnded { .. } => "session_ended",
            Self::SessionsEnded { .. } => "sessions_ended",
            Self::EverythingEnded => "everything_ended",
            Self::Limited { .. } => "limited",
            Self::PasswordLocked { .. } => "password_locked",
            Self::PasswordUnlocked { .. } => "password_unlocked",
            Self::Refused { .. } => "refused",
            Self::PasswordChanged { .. } => "password_changed",
            Self::PasswordResetRequested { .. } => "password_reset_requested",
            Self::PasswordReset { .. } => "password_reset",
            Self::PasswordResetFailed { .. } => "password_reset_failed",
            Self::AddressVerified { .. } => "address_verified",
            Self::AddressVerificationFailed { .. } => "address_verification_failed",
            Self::AccountReclaimed { .. } => "account_reclaimed",
            Self::AddressChangeRequested { .. } => "address_change_requested",
            Self::LoginChanged { .. } => "login_changed",
            Self::AddressChangeUndone { .. } => "address_change_undone",
            Self::FactorAdded { .. } => "factor_added",
            Self::FactorRemoved { .. } => "factor_removed",
            Self::FactorsReset { .. } => "factors_reset",
            Self::DeviceTrusted { .. } => "device_trusted",
            Self::DevicesForgotten { .. } => "devices_forgotten",
            Self::RecoveryCodesGenerated { .. } => "recovery_codes_generated",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::PasskeyAdded { .. } => "passkey_added",
            Self::PasskeyRemoved { .. } => "passkey_removed",
            Self::PasskeyCloned { .. } => "passkey_cloned",
            Self::PasskeyCounterRepeated { .. } => "passkey_counter_repeated",
            Self::KeyCreated { .. } => "key_created",
            Self::KeyRotated { .. } => "key_rotated",
            Self::KeyRevoked { .. } => "key_revoked",
            Self::KeysEnded { .. } => "keys_ended",
            Self::KeyRefused { .. } => "key_refused",
            Self::MailSent { .. } => "mail_sent",
            Self::MailDelayed { .. } => "mail_delayed",
            Self::MailFailed { .. } => "mail_failed",
            Self::ActiveChanged { .. } => "active_changed",
            Self::RolesChanged { .. } => "roles_changed",
            Self::PermissionsChanged { .. } => "permissions_changed",
            Self::UserChanged { .. } => "user_changed",
            Self::UserCreated { .. } => "user_created",
            Self::UserDeleted { .. } => "user_deleted",
        }
    }

    /// Returns the id of the user concerned as text, if known.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::LoginFailed { user, .. }
            | Self::Refused { user, .. }
            | Self::KeyRefused { user, .. }
            | Self::PasswordResetRequested { user }
            | Self::PasswordResetFailed { user, .. }
            | Self::SignInRequested { user }
            | Self::AddressVerificationFailed { user, .. }
            | Self::PasswordLocked { user, .. } => user.as_deref(),
            Self::RefreshRefused { .. }
            | Self::SignUpRequested
            | Self::RegistrationRefused { .. }
            | Self::EverythingEnded
            | Self::Limited { .. } => None,
            Self::Registered { user }
            | Self::LoginSucceeded { user, .. }
            | Self::FormerTokenAccepted { user, .. }
            | Self::Reauthenticated { user, .. }
            | Self::CorruptHash { user }
            | Self::PasswordRehashed { user }
            | Self::Refreshed { user, .. }
            | Self::RefreshReused { user, .. }
            | Self::SessionEnded { user, .. }
            | Self::SessionsEnded { user, .. }
            | Self::PasswordChanged { user }
            | Self::PasswordReset { user }
            | Self::SignInPending { user, .. }
            | Self::AddressVerified { user }
            | Self::AccountReclaimed { user }
            | Self::AddressChangeRequested { user }
            | Self::LoginChanged { user, .. }
            | Self::AddressChangeUndone { user }
            | Self::FactorAdded { user }
            | Self::FactorRemoved { user }
            | Self::FactorsReset { user }
            | Self::DeviceTrusted { user }
            | Self::DevicesForgotten { user }
            | Self::RecoveryCodesGenerated { user }
            | Self::RecoveryCodeUsed { user, .. }
            | Self::PasskeyAdded { user }
            | Self::PasskeyRemoved { user }
            | Self::PasskeyCloned { user }
            | Self::PasskeyCounterRepeated { user }
            | Self::KeyCreated { user, .. }
            | Self::KeyRotated { user, .. }
            | Self::KeyRevoked { user, .. }
            | Self::KeysEnded { user }
            | Self::MailSent { user, .. }
            | Self::MailDelayed { user, .. }
            | Self::MailFailed { user, .. }
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

/// Receives every event: to write it to an audit table, count it, or notify the user. It is called on the task of the
/// request, after the change was stored, so it must not block; hand long work to a channel. A panic in it is caught and
/// logged.
///
/// Any `Fn(&Event) + Send + Sync` is an observer. Here, a task writes events into an audit table:
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
/// #     let secret = Secret::generate().unwrap();
/// #     Auth::<User>::builder((users, MemoryRecords::new())).secret(secret)
/// # }
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use auth::event::Event;
/// use auth::{ClientInfo, Credentials};
///
/// let (sender, mut audit) = tokio::sync::mpsc::unbounded_channel::<Event>();
/// let builder = builder().observer(move |event: &Event| drop(sender.send(event.clone())));
/// let auth = builder.build().await?;
///
/// let nobody = Credentials::new("nobody@example.org", "correct horse battery staple");
/// assert!(auth.login(nobody, &ClientInfo::default()).await.is_err());
///
/// let event = audit.recv().await.unwrap(); // INSERT INTO audit (at, event, account_id, reason, ip) …
/// assert_eq!(event.kind.name(), "login_failed");
/// assert_eq!((event.kind.user(), event.kind.reason()), (None, Some("unknown_account")));
/// # Ok::<_, auth::Error>(()) }).unwrap(); }
/// ```
///
/// Every event also goes to `tracing`, with its parts in separate fields: `event`, `user`, `session`, `key_id`, `reason`, `ip`,
/// `account`, `actor`, and where an event has them `active`, `rotated`, `action`, `letter` and `retry_after` (seconds).
/// The targets are `auth::login`, `auth::token`, `auth::mail` and `auth::guard`.
pub trait Observer: Send + Sync + 'static {
    /// Receives one event.
    fn observe(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> Observer for F {
    fn observe(&self, event: &Event) {
        self(event);
    }
}

/// The observers of an application in the order they were added; `tracing` always comes first.
#[derive(Clone, Default)]
pub(crate) struct Observers(Vec<Arc<dyn Observer>>);

impl Observers {
    pub(crate) fn add(&mut self, observer: impl Observer) {
        self.0.push(Arc::new(observer));
    }

    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "for people who deploy the application"))]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn tell(&self, event: &Event) {
        trace::trace(event);
        for observer in &self.0 {
            // A panicking audit sink must not turn a decision that is already stored into an error (LOG-05).
            if catch_unwind(AssertUnwindSafe(|| observer.observe(event))).is_err() {
                tracing::error!(target: "auth::event", "an event observer panicked: whatever it does with events was \
                                                        not done for this one; fix the observer");
            }
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Observers({})", self.0.len())
    }
}
