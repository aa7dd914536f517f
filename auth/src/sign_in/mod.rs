//! Signing in: a method shows who somebody is, and the engine begins the session.

mod begin;
#[cfg(feature = "password")]
mod credentials;
pub(crate) mod logins;
#[cfg(feature = "password")]
mod password;
#[cfg(feature = "password")]
mod reauthenticate;

use std::sync::Arc;

#[cfg(feature = "password")]
pub(crate) use begin::may_be;
#[cfg(feature = "password")]
pub use credentials::Credentials;
#[cfg(feature = "password")]
pub(crate) use password::PasswordSignIn;
#[cfg(feature = "password")]
pub use reauthenticate::FreshToken;

use crate::context::Context;
use crate::model::event::Reporter;
use crate::model::hooks::DynHooks;
use crate::model::user::AuthUser;
use crate::session::Sessions;
use crate::store::DynUsers;

/// Begins sessions, whatever the method by which somebody signs in.
pub(super) struct Engine<U: AuthUser> {
    users: Arc<dyn DynUsers<U>>,
    sessions: Arc<Sessions<U>>,
    hooks: Arc<dyn DynHooks<U>>,
    reporter: Reporter,
}

impl<U: AuthUser> Engine<U> {
    pub(super) fn new(context: &Context<U>, sessions: &Arc<Sessions<U>>, hooks: Arc<dyn DynHooks<U>>) -> Self {
        let Context { users, reporter, .. } = context.clone();
        Self { users, sessions: Arc::clone(sessions), hooks, reporter }
    }
}
