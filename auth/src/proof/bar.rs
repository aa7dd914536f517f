//! What an account asks of everybody who signs in to it.

use super::evidence::Shown;
use crate::base::pending_sign_in::Needs;
use crate::model::user::AuthUser;

/// What a sign-in to one account must show. It is computed from the row and the factors as they are when the sign-in is
/// judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    /// Whether whoever signs in must read the mail of the account's address.
    mailbox: bool,
    /// Whether the account has a second step: something that its user holds, and one thing more.
    second_step: bool,
}

impl Bar {
    /// Returns what the row of an account asks for.
    pub(crate) fn of<U: AuthUser>(user: &U) -> Self {
        let mailbox = U::SCHEMA.verified_required && user.is_verified() == Some(false);
        Self { mailbox, second_step: false }
    }

    /// Adds what its factors ask for.
    pub(crate) const fn with_second_step(self, second_step: bool) -> Self {
        Self { second_step, ..self }
    }

    /// Returns what is missing, if anything is. The factor comes first: whoever has stolen a password causes no mail.
    pub(super) const fn missing(self, shown: Shown) -> Option<Needs> {
        if self.second_step && !shown.is_second_step() {
            Some(Needs::Factor)
        } else if self.mailbox && !shown.has(Shown::MAILBOX) {
            Some(Needs::Mailbox)
        } else {
            None
        }
    }

    /// Whether a session of the account may go on: one that began before something was asked for does not. (Whoever adds
    /// a factor ends the other sessions.)
    pub(crate) const fn lets_sessions_continue(self) -> bool {
        !self.mailbox
    }
}
