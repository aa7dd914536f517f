//! Public keys as others read them (RFC 7517, RFC 7518 §6, RFC 8037 §2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The public half of a key pair. There is no member for a private half, so none can be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kty")]
pub(crate) enum PublicJwk {
    /// A point of P-256.
    #[serde(rename = "EC")]
    Ec { crv: &'static str, x: String, y: String },
    /// A key of Ed25519.
    #[serde(rename = "OKP")]
    Okp { crv: &'static str, x: String },
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
}

impl PublicJwk {
    pub(super) fn p256(x: &[u8], y: &[u8]) -> Self {
        Self::Ec { crv: "P-256", x: text(x), y: text(y) }
    }

    pub(super) fn ed25519(x: &[u8]) -> Self {
        Self::Okp { crv: "Ed25519", x: text(x) }
    }

    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        Self::Rsa { n: text(modulus), e: text(exponent) }
    }

    /// Returns the thumbprint (RFC 7638 §3): the hash of the required members in the order of their names. It names the
    /// key in tokens, the same wherever the key is used.
    pub(super) fn thumbprint(&self) -> String {
        let members = match self {
            Self::Ec { crv, x, y } => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Self::Okp { crv, x } => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        };
        text(&Sha256::digest(members))
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::PublicJwk;

    /// The example of RFC 7638 §3.1, and that of RFC 8037 §A.3.
    #[test]
    fn thumbprints_are_those_of_the_rfcs() {
        let rsa = PublicJwk::Rsa {
            n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw".into(),
            e: "AQAB".into(),
        };
        assert_eq!(rsa.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        let okp = PublicJwk::Okp { crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into() };
        assert_eq!(okp.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
