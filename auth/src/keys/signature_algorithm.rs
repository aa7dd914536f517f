//! The algorithms of signatures that other issuers use. MACs are not among them, so no public key can be taken for the
//! secret of one (RFC 8725 §2.1), whatever a token says.

use jsonwebtoken::Algorithm;

/// An algorithm of digital signatures (RFC 7518 §3.1, RFC 8037 §3.1). None of them is a MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// `RS256`: RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// `RS384`: RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// `RS512`: RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// `PS256`: RSASSA-PSS with SHA-256.
    Ps256,
    /// `PS384`: RSASSA-PSS with SHA-384.
    Ps384,
    /// `PS512`: RSASSA-PSS with SHA-512.
    Ps512,
    /// `ES256`: ECDSA on P-256 with SHA-256.
    Es256,
    /// `ES384`: ECDSA on P-384 with SHA-384.
    Es384,
    /// `Ed25519` (RFC 9864), or `EdDSA`, as it was called before, with a key of that curve.
    Ed25519,
}

impl SignatureAlgorithm {
    /// Every algorithm that is supported.
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Ed25519,
    ];

    /// Returns its name in headers and keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// Returns the algorithm with this name, which is case-sensitive (RFC 7515 §4.1.1).
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "EdDSA" => Some(Self::Ed25519),
            name => Self::ALL.into_iter().find(|algorithm| algorithm.name() == name),
        }
    }

    /// Whether its keys are of RSA.
    pub(super) const fn is_rsa(self) -> bool {
        matches!(self, Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512)
    }

    /// Returns what the backends call it.
    pub(super) const fn of_backend(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Rs384 => Algorithm::RS384,
            Self::Rs512 => Algorithm::RS512,
            Self::Ps256 => Algorithm::PS256,
            Self::Ps384 => Algorithm::PS384,
            Self::Ps512 => Algorithm::PS512,
            Self::Es256 => Algorithm::ES256,
            Self::Es384 => Algorithm::ES384,
            Self::Ed25519 => Algorithm::EdDSA,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SignatureAlgorithm;

    #[test]
    fn jwt_01_and_jwt_02_no_name_of_a_mac_is_an_algorithm() {
        for name in ["HS256", "HS384", "HS512", "none", "None", "nOnE", "", "rs256", "RS256 ", "ES256K", "ES512", "dir"]
        {
            assert_eq!(SignatureAlgorithm::named(name), None, "{name}");
        }
        for algorithm in SignatureAlgorithm::ALL {
            assert_eq!(SignatureAlgorithm::named(algorithm.name()), Some(algorithm));
        }
        assert_eq!(SignatureAlgorithm::named("EdDSA"), Some(SignatureAlgorithm::Ed25519));
    }
}
