//! The refresh token and its rotation: pure functions, without a store or a clock.
//!
//! A refresh token is `base64url(handle[16] ‖ secret[32])`. The handle identifies the session and never changes; the
//! secret changes at each refresh: `child = HMAC-SHA-256(parent, nonce)`, where the nonce is random and stored with the
//! session. So within a grace window the *same* child can be derived again for a client that still holds the parent
//! (two tabs, a lost answer, fifty parallel calls), and a stolen database alone yields no token.
//!
//! One compare-and-set advances the ratchet. Any other secret with a known handle is treated as theft, and the session
//! ends. A token that a refresh returned less than one window ago is returned as it is, without another rotation; the
//! token of a new login is rotated at once, because no other tab can hold its parent. The property test in
//! `tests/sessions/model.rs` drives it.

use std::fmt;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::base::clock::Timestamp;
use crate::base::random::{Random, RandomError, random};
use crate::base::secret::same_bytes;
use crate::keys::hmac_sha256;
use crate::model::claims::SessionId;

/// A refresh token in plain text. It exists only while a request is served, and at the client.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct RefreshToken {
    handle: [u8; 16],
    secret: [u8; 32],
}

impl RefreshToken {
    const BYTES: usize = 48;

    /// Creates a token of a new family.
    pub(crate) fn generate(source: &dyn Random) -> Result<Self, RandomError> {
        Ok(Self { handle: random(source)?, secret: random(source)? })
    }

    /// Parses the text form: exactly 64 characters of base64url.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        let decoded = Base64UrlUnpadded::decode(text, &mut *bytes).ok()?;
        let (handle, secret) = decoded.split_first_chunk::<16>()?;
        Some(Self { handle: *handle, secret: secret.try_into().ok()? })
    }

    /// Returns the text form, for the client alone.
    pub(crate) fn reveal(&self) -> String {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::BYTES));
        bytes.extend_from_slice(&self.handle);
        bytes.extend_from_slice(&self.secret);
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// Returns the public id of the session: a hash of the handle, which grants no access.
    pub(crate) fn session(&self) -> SessionId {
        SessionId::from_bytes(Sha256::digest(self.handle).into())
    }

    /// Returns the stored form of the secret.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }

    fn child(&self, nonce: &[u8; 16]) -> Self {
        Self { handle: self.handle, secret: *hmac_sha256(&self.secret, &[nonce]) }
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken([redacted] of {})", self.session())
    }
}

/// The state of the refresh token that is stored with a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ratchet {
    /// SHA-256 of the current secret.
    pub(crate) current: [u8; 32],
    /// SHA-256 of its parent, and the nonce that derives the child from it. `None` until the first refresh.
    pub(crate) parent: Option<([u8; 32], [u8; 16])>,
    /// When it was last rotated.
    pub(crate) rotated_at: Timestamp,
}

/// What to do about a presented refresh token.
#[derive(Debug)]
pub(crate) enum Rotation {
    /// Store this state unless another request was faster, then return this token.
    Advance(Ratchet, RefreshToken),
    /// Return this token; the state does not change.
    Repeat(RefreshToken),
    /// An old secret of this family: a token was copied. End the session.
    Reuse,
}

impl Ratchet {
    pub(crate) fn new(token: &RefreshToken, now: Timestamp) -> Self {
        Self { current: token.hash(), parent: None, rotated_at: now }
    }

    /// Judges `token`, whose handle belongs to this session. Only a holder of a token of the family knows the handle,
    /// so a secret that is neither the current one nor its recent parent can only be a spent one.
    pub(crate) fn rotate(&self, token: &RefreshToken, nonce: [u8; 16], now: Timestamp, grace: Duration) -> Rotation {
        let presented = token.hash();
        // In both directions: a clock that steps back must not keep the window open until it has caught up (DB-06).
        let in_grace = now.since(self.rotated_at) < grace && self.rotated_at.since(now) < grace;
        if same_bytes(&presented, &self.current) {
            // The tab that has just refreshed must not rotate again at once: another tab may still hold what would then
            // be the grandparent, and would look like a thief.
            if in_grace && self.parent.is_some() {
                return Rotation::Repeat(token.clone());
            }
            let child = token.child(&nonce);
            let next = Self { current: child.hash(), parent: Some((presented, nonce)), rotated_at: now };
            return Rotation::Advance(next, child);
        }
        match &self.parent {
            Some((parent, nonce)) if in_grace && same_bytes(&presented, parent) => Rotation::Repeat(token.child(nonce)),
            _ => Rotation::Reuse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn db_06_the_window_closes_on_time_whichever_way_clocks_go() {
        const GRACE: Duration = Duration::from_secs(10);
        let parent = RefreshToken { handle: [1; 16], secret: [2; 32] };
        let rotated_at = Timestamp::from_secs(1_000);
        let rotated = Ratchet::new(&parent, rotated_at).rotate(&parent, [3; 16], rotated_at, GRACE);
        let Rotation::Advance(ratchet, child) = rotated else { panic!("{rotated:?}") };
        for (secs, open) in [(1_000, true), (1_009, true), (1_010, false), (991, true), (990, false)] {
            let rotate = |token| ratchet.rotate(token, [4; 16], Timestamp::from_secs(secs), GRACE);
            let repeated = |rotation| matches!(rotation, Rotation::Repeat(_));
            assert_eq!((repeated(rotate(&parent)), repeated(rotate(&child))), (open, open), "at {secs}");
        }
    }
}
