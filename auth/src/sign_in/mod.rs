//! Signing in: a method shows who somebody is, and the engine begins the session.

mod begin;
#[cfg(feature = "password")]
mod credentials;
#[cfg(feature = "password")]
mod factor;
mod fresh_token;
pub(crate) mod logins;
#[cfg(feature = "password")]
mod mailed;
mod next_step;
mod outcome;
#[cfg(feature = "password")]
mod passkey;
#[cfg(feature = "password")]
mod password;
#[cfg(feature = "password")]
mod reauthenticate;
#[cfg(feature = "password")]
mod step;

use std::sync::Arc;

#[cfg(feature = "password")]
pub(crate) use begin::may_be;
#[cfg(feature = "password")]
pub use credentials::Credentials;
pub use fresh_token::FreshToken;
#[cfg(feature = "password")]
pub(crate) use next_step::{pending, pending_nothing};
pub use outcome::{Completed, SignIn};
#[cfg(feature = "password")]
pub(crate) use passkey::no_passkey;
#[cfg(feature = "password")]
pub(crate) use password::PasswordSignIn;
#[cfg(feature = "password")]
pub use step::Answer;
#[cfg(feature = "password")]
pub(crate) use step::{Held, Mailed, StepTaken};

use crate::context::Context;
use crate::factors::Factors;
use crate::mail::{MailTokens, Outbox};
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
    /// What waits for another step.
    tokens: Arc<MailTokens<U>>,
    /// If the application has set a mailer.
    outbox: Option<Arc<Outbox<U>>>,
    factors: Arc<Factors>,
}

/// What a sign-in works with besides the stores.
pub(super) struct EngineParts<U: AuthUser> {
    pub(super) sessions: Arc<Sessions<U>>,
    pub(super) limits: Arc<RateLimits<U>>,
    pub(super) tokens: Arc<MailTokens<U>>,
    pub(super) outbox: Option<Arc<Outbox<U>>>,
    pub(super) factors: Arc<Factors>,
    pub(super) hooks: Arc<dyn DynHooks<U>>,
}

impl<U: AuthUser> Engine<U> {
    pub(super) fn new(context: &Context<U>, parts: EngineParts<U>) -> Self {
        let Context { users, reporter, .. } = context.clone();
        let EngineParts { sessions, limits, tokens, outbox, factors, hooks } = parts;
        Self { users, sessions, hooks, reporter, limits, tokens, outbox, factors }
    }
}
