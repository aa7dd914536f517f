//! A session can only be started with a [`Proof`].

use crate::claims::Amr;
use crate::hash::PasswordHash;
use crate::user::AuthUser;

/// Evidence that somebody proved to be `user`. Only the login methods of this crate can create it, so no code path can
/// issue tokens without their checks.
#[derive(Debug)]
pub struct Proof<U: AuthUser> {
    user: U,
    amr: Amr,
    /// The user's generation, read before the evidence was checked.
    generation: u64,
    /// The hash that has replaced that of `user` since, for the same password.
    renewed: Option<PasswordHash>,
}

impl<U: AuthUser> Proof<U> {
    pub(crate) const fn new(user: U, amr: Amr, generation: u64) -> Self {
        Self { user, amr, generation, renewed: None }
    }

    /// Records that the same password has a new hash, if it has.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "only passwords have hashes"))]
    pub(crate) fn renewed(self, hash: Option<PasswordHash>) -> Self {
        Self { renewed: hash, ..self }
    }

    /// Returns the user whose identity was proved.
    pub const fn user(&self) -> &U {
        &self.user
    }

    /// Returns how it was proved.
    pub const fn amr(&self) -> &Amr {
        &self.amr
    }

    /// Returns the stored hash for which the password was right.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "only passwords have hashes"))]
    pub(crate) fn hash(&self) -> Option<&str> {
        self.renewed.as_ref().map(PasswordHash::expose).or_else(|| self.user.password_hash())
    }

    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }
}
