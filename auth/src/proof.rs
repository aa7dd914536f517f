//! A session can only be started with a [`Proof`].

use crate::claims::Amr;
use crate::hash::PasswordHash;
use crate::user::AuthUser;

/// What became of the hash that a password was verified against.
#[derive(Debug)]
pub(crate) enum Verified {
    /// It is stored, as far as is known.
    Stays,
    /// A stronger one of the same password has replaced it.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "only passwords have hashes"))]
    Renewed(PasswordHash),
    /// Somebody else has replaced it.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "only passwords have hashes"))]
    Replaced,
}

/// Evidence that somebody proved to be `user`. Only the login methods of this crate can create it, so no code path can
/// issue tokens without their checks.
#[derive(Debug)]
pub struct Proof<U: AuthUser> {
    user: U,
    amr: Amr,
    /// The user's generation, read before the evidence was checked.
    generation: u64,
    /// What became of the hash of `user` since.
    hash: Verified,
}

impl<U: AuthUser> Proof<U> {
    pub(crate) const fn new(user: U, amr: Amr, generation: u64) -> Self {
        Self { user, amr, generation, hash: Verified::Stays }
    }

    /// Records what became of the hash.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "only passwords have hashes"))]
    pub(crate) fn with_hash(self, hash: Verified) -> Self {
        Self { hash, ..self }
    }

    /// Whether it is known that the hash that was verified is not the current one.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "only passwords have hashes"))]
    pub(crate) const fn is_outdated(&self) -> bool {
        matches!(self.hash, Verified::Replaced)
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
        match &self.hash {
            Verified::Renewed(hash) => Some(hash.expose()),
            Verified::Stays | Verified::Replaced => self.user.password_hash(),
        }
    }

    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }
}
