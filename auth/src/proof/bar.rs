//! What an account asks of everybody who signs in to it.

use super::evidence::Shown;
use crate::base::pending_sign_in::Needs;
use crate::model::user::AuthUser;

/// What a sign-in to one account must show. It is computed from the row as it is when the sign-in is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    /// Whether whoever signs in must read the mail of the account's address.
    mailbox: bool,
}

impl Bar {
    /// Returns the bar of an account.
    pub(crate) fn of<U: AuthUser>(user: &U) -> Self {
        Self { mailbox: U::SCHEMA.verified_required && user.is_verified() == Some(false) }
    }

    /// Returns what is missing, if anything is.
    pub(super) const fn missing(self, shown: Shown) -> Option<Needs> {
        if self.mailbox && !shown.has(Shown::MAILBOX) { Some(Needs::Mailbox) } else { None }
    }

    /// Whether a session of the account may go on: one that began before something was asked for does not.
    pub(crate) const fn lets_sessions_continue(self) -> bool {
        !self.mailbox
    }
}
