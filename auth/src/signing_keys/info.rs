//! What operators see of the keys.

use crate::base::clock::Timestamp;
use crate::keys::{KeyPlan, NamedPair, Signs};

/// What a key pair does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyPhase {
    /// Published, and its tokens are accepted; it signs later.
    Next,
    /// Signs.
    Signing,
    /// Signed before; published, and its tokens are accepted.
    Former,
}

/// A key pair that access tokens are verified with. It holds nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningKeyInfo {
    /// The thumbprint of the public key (RFC 7638): the `kid` of tokens.
    pub id: String,
    /// `ES256`, `EdDSA` or `RS256`.
    pub algorithm: &'static str,
    /// What it does at the moment.
    pub phase: KeyPhase,
    /// From when on it signs, or signed: of managed keys only.
    pub signs_from: Option<Timestamp>,
}

impl SigningKeyInfo {
    /// Returns what is to be said about the pairs of a plan, in the order in which they are published.
    pub(crate) fn of(plan: &KeyPlan, now: Timestamp) -> Vec<Self> {
        let signing = plan.signing(now).map(|named| named.pair.kid());
        let info = |named: &NamedPair| Self {
            id: named.pair.kid().to_owned(),
            algorithm: named.pair.alg(),
            phase: phase(named, signing, now),
            // A pair that the application lists signs from the beginning of time.
            signs_from: named.signs.from().filter(|time| *time > Timestamp::default()),
        };
        plan.pairs.iter().map(info).collect()
    }
}

fn phase(named: &NamedPair, signing: Option<&str>, now: Timestamp) -> KeyPhase {
    if signing == Some(named.pair.kid()) {
        return KeyPhase::Signing;
    }
    match named.signs {
        Signs::From(time) if time > now => KeyPhase::Next,
        Signs::Later => KeyPhase::Next,
        Signs::From(_) | Signs::Before => KeyPhase::Former,
    }
}
