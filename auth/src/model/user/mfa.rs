//! Who must sign in with several factors.

use std::any::Any;
use std::fmt;

use super::AuthUser;

/// The rule of `#[auth(mfa(…))]`: who of a user type must sign in with several factors. It is about what users hold, not
/// about how they signed in.
pub trait MfaRule<U: AuthUser>: Any + fmt::Display + Send + Sync {
    /// Returns whether the user of this row must.
    fn covers(&self, user: &U) -> bool;

    /// Returns whether a token with these claims must say that its user has.
    fn covers_claims(&self, claims: &U::Claims) -> bool;
}
