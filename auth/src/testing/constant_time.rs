//! Doors for `benches/constant_time.rs`, which measures the comparisons of secrets. Not part of the interface.

use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::random::{OsRandom, RandomError};
use crate::base::secret::same_bytes;
use crate::session::refresh_token::{Ratchet, RefreshToken, Rotation};

/// The comparison that all secrets go through.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    same_bytes(a, b)
}

/// A session and the refresh token that somebody presents.
#[derive(Debug)]
pub struct Refresh {
    token: RefreshToken,
    session: Ratchet,
}

impl Refresh {
    /// Makes a token, and the session of another one whose stored hash differs from it as `change` makes it.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn new(change: impl FnOnce(&mut [u8; 32])) -> Result<Self, RandomError> {
        let token = RefreshToken::generate(&OsRandom)?;
        let mut session = Ratchet::new(&token, Timestamp::from_secs(0));
        change(&mut session.current);
        Ok(Self { token, session })
    }

    /// Presents the token. Returns whether it was refused.
    #[must_use]
    pub fn refused(&self) -> bool {
        let rotation = self.session.rotate(&self.token, [0; 16], Timestamp::from_secs(100), Duration::from_secs(10));
        matches!(rotation, Rotation::Reuse)
    }

    /// What a leak would cost: the same, with a comparison that stops at the first difference.
    #[must_use]
    pub fn refused_by(&self, compare: impl FnOnce(&[u8], &[u8]) -> bool) -> bool {
        !compare(&self.token.hash(), &self.session.current)
    }
}
