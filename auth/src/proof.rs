//! Only a [`Proof`] buys a session.

use crate::claims::Amr;
use crate::user::AuthUser;

/// Evidence that somebody proved to be `user`. Login methods of this crate make it; nothing else can, so no code path
/// can issue tokens past the checks.
#[derive(Debug)]
pub struct Proof<U: AuthUser> {
    user: U,
    amr: Amr,
    /// The user's generation, read before the evidence was judged.
    generation: u64,
}

impl<U: AuthUser> Proof<U> {
    pub(crate) const fn new(user: U, amr: Amr, generation: u64) -> Self {
        Self { user, amr, generation }
    }

    /// Whose identity was proved.
    pub const fn user(&self) -> &U {
        &self.user
    }

    /// How.
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
