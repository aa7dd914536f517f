//! The algorithms of key pairs. (A secret signs with HS256 and has no public half.)

use jsonwebtoken::Algorithm;

/// How a key pair signs. A key has one algorithm, which its own bytes say; no token chooses it (RFC 8725 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PairAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519. Its name in tokens is the one of RFC 8037; `Ed25519` of RFC 9864 is known to few verifiers yet.
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl PairAlgorithm {
    /// Returns its name in headers and key sets (RFC 7518 §3.1, RFC 8037 §3.1).
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }

    pub(super) const fn id(self) -> Algorithm {
        match self {
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
            Self::Rs256 => Algorithm::RS256,
        }
    }
}
