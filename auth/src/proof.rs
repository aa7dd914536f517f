//! A session can only be started with a [`Proof`].

use crate::claims::Amr;
use crate::user::AuthUser;

/// Evidence that somebody proved to be `user`. Only the login methods of this crate can create it, so no code path can
/// issue tokens without their checks.
#[derive(Debug)]
pub struct Proof<U: AuthUser> {
    user: U,
    amr: Amr,
    /// The user's generation, read before the evidence was checked.
    generation: u64,
}

impl<U: AuthUser> Proof<U> {
    pub(crate) const fn new(user: U, amr: Amr, generation: u64) -> Self {
        Self { user, amr, generation }
    }

    /// Returns the user whose identity was proved.
    pub const fn user(&self) -> &U {
        &self.user
    }

    /// Returns how it was proved.
    pub const fn amr(&self) -> Amr {
        self.amr
    }

    pub(crate) fn into_user(self) -> U {
        self.user
    }

    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }
}
