//! Signing in: a method shows who somebody is, and the engine begins the session.

mod begin;
#[cfg(feature = "password")]
mod credentials;
mod fresh_token;
pub(crate) mod logins;
#[cfg(feature = "password")]
mod mailed;
mod next_step;
mod outcome;
#[cfg(feature = "password")]
mod password;
#[cfg(feature = "password")]
mod reauthenticate;

use std::sync::Arc;

#[cfg(feature = "password")]
pub(crate) use begin::may_be;
#[cfg(feature = "password")]
pub use credentials::Credentials;
pub use fresh_token::FreshToken;
#[cfg(feature = "password")]
pub use mailed::Answer;
#[cfg(feature = "password")]
pub(crate) use next_step::{pending, pending_nothing};
pub use outcome::{Completed, SignIn};
#[cfg(feature = "password")]
pub(crate) use password::PasswordSignIn;

use crate::context::Context;
use crate::mail::Outbox;
use crate::model::event::Reporter;
use crate::model::hooks::DynHooks;
use crate::model::user::AuthUser;
use crate::rate_limits::RateLimits;
use crate::session::Sessions;
use crate::store::DynUsers;

/// Begins sessions, whatever the method by which somebody signs in.
pub(super) struct Engine<U: AuthUser> {
    users: Arc<dyn DynUsers<U>>,
    sessions: Arc<Sessions<U>>,
    hooks: Arc<dyn DynHooks<U>>,
    reporter: Reporter,
    limits: Arc<RateLimits<U>>,
    /// If the application has set a mailer.
    outbox: Option<Arc<Outbox<U>>>,
}

impl<U: AuthUser> Engine<U> {
    pub(super) fn new(
        context: &Context<U>,
        sessions: &Arc<Sessions<U>>,
        limits: &Arc<RateLimits<U>>,
        outbox: Option<Arc<Outbox<U>>>,
        hooks: Arc<dyn DynHooks<U>>,
    ) -> Self {
        let Context { users, reporter, .. } = context.clone();
        Self { users, sessions: Arc::clone(sessions), hooks, reporter, limits: Arc::clone(limits), outbox }
    }
}
