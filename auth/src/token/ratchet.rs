//! The refresh token and how it turns: pure functions, no store, no clock of their own.
//!
//! A refresh token is `base64url(handle[16] ‖ secret[32])`. The handle finds the session and stays; the secret changes
//! at each refresh: `child = HMAC-SHA-256(parent, nonce)`, where the nonce is random and stored with the session. So
//! within a grace window the *same* child can be made again for whoever still holds the parent (two tabs, a lost
//! answer, fifty parallel calls), and a stolen database alone makes nothing.

use std::fmt;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::claims::SessionId;
use crate::clock::Timestamp;
use crate::keys::hmac_sha256;
use crate::random::{Random, RandomError, random};
use crate::secret::same_bytes;

/// A refresh token in the clear. It exists while a request is served, and at the client.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct RefreshToken {
    handle: [u8; 16],
    secret: [u8; 32],
}

impl RefreshToken {
    const BYTES: usize = 48;

    /// A fresh family.
    pub(crate) fn generate(source: &dyn Random) -> Result<Self, RandomError> {
        Ok(Self { handle: random(source)?, secret: random(source)? })
    }

    /// Reads the text form: 64 characters of base64url, nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        let decoded = Base64UrlUnpadded::decode(text, &mut *bytes).ok()?;
        let (handle, secret) = decoded.split_first_chunk::<16>()?;
        Some(Self { handle: *handle, secret: secret.try_into().ok()? })
    }

    /// The text form, for the client alone.
    pub(crate) fn reveal(&self) -> String {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::BYTES));
        bytes.extend_from_slice(&self.handle);
        bytes.extend_from_slice(&self.secret);
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// The public id of the session: a hash of the handle, so that it opens nothing.
    pub(crate) fn session(&self) -> SessionId {
        SessionId::from_bytes(Sha256::digest(self.handle).into())
    }

    /// What is stored of the secret.
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

/// What a session remembers of its refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ratchet {
    /// SHA-256 of the current secret.
    pub(crate) current: [u8; 32],
    /// SHA-256 of its parent, and the nonce that made the one of the other. `None` until the first refresh.
    pub(crate) parent: Option<([u8; 32], [u8; 16])>,
    /// When it last turned.
    pub(crate) turned_at: Timestamp,
}

/// What to do about a refresh token that was presented.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Store this state, if nobody was faster, then answer this token.
    Advance(Ratchet, RefreshToken),
    /// Answer this token; the state stays.
    Repeat(RefreshToken),
    /// A secret that is known but old: somebody copied a token. End the session.
    Reuse,
}

impl Ratchet {
    pub(crate) fn new(token: &RefreshToken, now: Timestamp) -> Self {
        Self { current: token.hash(), parent: None, turned_at: now }
    }

    /// Judges `token`, whose handle has been found to be this session's. Whoever knows a handle has held a token of
    /// the family, so a secret that is neither the current one nor its fresh parent can only be a spent one.
    pub(crate) fn turn(&self, token: &RefreshToken, nonce: [u8; 16], now: Timestamp, grace: Duration) -> Turn {
        let presented = token.hash();
        // Both ways: a clock that steps back must not hold the window open until it has caught up (DB-06).
        let in_grace = now.since(self.turned_at) < grace && self.turned_at.since(now) < grace;
        if same_bytes(&presented, &self.current) {
            // The tab that refreshed a moment ago must not turn the ratchet again at once: another tab may still
            // hold what would then be the grandparent, and would look like a thief.
            if in_grace && self.parent.is_some() {
                return Turn::Repeat(token.clone());
            }
            let child = token.child(&nonce);
            let next = Self { current: child.hash(), parent: Some((presented, nonce)), turned_at: now };
            return Turn::Advance(next, child);
        }
        match &self.parent {
            Some((parent, nonce)) if in_grace && same_bytes(&presented, parent) => Turn::Repeat(token.child(nonce)),
            _ => Turn::Reuse,
        }
    }
}
