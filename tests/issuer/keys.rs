//! Keys of the issuers in these tests (`keys.json`; nobody else uses them), and tokens that they sign.

use std::sync::LazyLock;

use auth::issuer::SignatureAlgorithm;
use auth_tests::forge::encode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value, json};

static KEYS: LazyLock<Map<String, Value>> = LazyLock::new(|| serde_json::from_str(include_str!("keys.json")).unwrap());

/// A key pair with one algorithm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) algorithm: SignatureAlgorithm,
}

impl Key {
    pub(crate) const RSA: Self = Self { name: "rsa", algorithm: SignatureAlgorithm::Rs256 };
    pub(crate) const OTHER_RSA: Self = Self { name: "other_rsa", algorithm: SignatureAlgorithm::Rs256 };
    pub(crate) const SMALL_RSA: Self = Self { name: "small_rsa", algorithm: SignatureAlgorithm::Rs256 };
    pub(crate) const P256: Self = Self { name: "p256", algorithm: SignatureAlgorithm::Es256 };
    pub(crate) const OTHER_P256: Self = Self { name: "other_p256", algorithm: SignatureAlgorithm::Es256 };
    pub(crate) const P384: Self = Self { name: "p384", algorithm: SignatureAlgorithm::Es384 };
    pub(crate) const ED25519: Self = Self { name: "ed25519", algorithm: SignatureAlgorithm::Ed25519 };
    pub(crate) const OTHER_ED25519: Self = Self { name: "other_ed25519", algorithm: SignatureAlgorithm::Ed25519 };

    /// The members of its public half, without names.
    pub(crate) fn public(self) -> Value {
        KEYS[self.name]["public"].clone()
    }

    /// The same with `kid` (its own name), `alg` and `use`, as issuers publish it.
    pub(crate) fn jwk(self) -> Value {
        self.jwk_called(self.name)
    }

    pub(crate) fn jwk_called(self, kid: &str) -> Value {
        let mut jwk = self.public();
        jwk["kid"] = json!(kid);
        jwk["alg"] = json!(self.algorithm.name());
        jwk["use"] = json!("sig");
        jwk
    }

    pub(crate) fn sign(self, message: &str) -> String {
        let der = URL_SAFE_NO_PAD.decode(KEYS[self.name]["private"].as_str().unwrap()).unwrap();
        let (key, algorithm) = match self.algorithm {
            SignatureAlgorithm::Rs256 => (EncodingKey::from_rsa_der(&der), Algorithm::RS256),
            SignatureAlgorithm::Rs384 => (EncodingKey::from_rsa_der(&der), Algorithm::RS384),
            SignatureAlgorithm::Rs512 => (EncodingKey::from_rsa_der(&der), Algorithm::RS512),
            SignatureAlgorithm::Ps256 => (EncodingKey::from_rsa_der(&der), Algorithm::PS256),
            SignatureAlgorithm::Ps384 => (EncodingKey::from_rsa_der(&der), Algorithm::PS384),
            SignatureAlgorithm::Ps512 => (EncodingKey::from_rsa_der(&der), Algorithm::PS512),
            SignatureAlgorithm::Es256 => (EncodingKey::from_ec_der(&der), Algorithm::ES256),
            SignatureAlgorithm::Es384 => (EncodingKey::from_ec_der(&der), Algorithm::ES384),
            _ => (EncodingKey::from_ed_der(&der), Algorithm::EdDSA),
        };
        jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).unwrap()
    }

    /// A token with the claims of most tests that was signed with a key so small that no backend signs with it.
    pub(crate) fn token_of_small_rsa() -> &'static str {
        KEYS["small_rsa"]["token"].as_str().unwrap()
    }

    /// A token with any header and any payload.
    pub(crate) fn token_of(self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        let message = format!("{}.{}", encode(header), encode(payload));
        let signature = self.sign(&message);
        format!("{message}.{signature}")
    }

    /// The header of an access token (RFC 9068).
    pub(crate) fn header(self) -> Value {
        json!({ "alg": self.algorithm.name(), "kid": self.name, "typ": "at+jwt" })
    }

    /// An access token with these claims.
    pub(crate) fn token(self, claims: &Value) -> String {
        self.token_of(self.header().to_string(), claims.to_string())
    }
}

/// The text of a set of keys.
pub(crate) fn set_of(jwks: impl IntoIterator<Item = Value>) -> String {
    json!({ "keys": jwks.into_iter().collect::<Vec<_>>() }).to_string()
}

/// The text of a set of these keys, as they are published.
pub(crate) fn published(keys: &[Key]) -> String {
    set_of(keys.iter().map(|key| key.jwk()))
}
