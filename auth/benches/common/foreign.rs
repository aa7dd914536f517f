//! An issuer for benchmarks: a key pair of its own, and a token as Keycloak writes it.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use auth::issuer::{ForeignRegistered, NotClaims, ReadClaims, Verified};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::json;

pub(crate) const URL: &str = "https://sso.example.org/realms/shop";
pub(crate) const AUDIENCE: &str = "shop-api";

pub(crate) struct Signer(RsaKeyPair);

pub(crate) fn signer() -> Signer {
    Signer(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
}

pub(crate) fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

impl Signer {
    pub(crate) fn components(&self) -> (Vec<u8>, Vec<u8>) {
        let components = RsaPublicKeyComponents::<Vec<u8>>::from(self.0.public_key());
        (components.n, components.e)
    }

    pub(crate) fn public_der(&self) -> Vec<u8> {
        self.0.public_key().as_der().unwrap().as_ref().to_vec()
    }

    pub(crate) fn jwks(&self) -> String {
        let (n, e) = self.components();
        let [n, e] = [n, e].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        json!({ "keys": [{ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": n, "e": e }] }).to_string()
    }

    pub(crate) fn token(&self) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": "1" });
        let claims = json!({
            "exp": now + 36_000, "iat": now, "auth_time": now, "jti": "onrtac:b2a7c1d0-0b7e-4a51-8d0b-7d2f0f6f6f11",
            "iss": URL, "aud": [AUDIENCE, "account"], "sub": "f1c0aa21-5a0d-4b0a-9a44-2d1d6a7a1c01", "typ": "Bearer",
            "azp": "shop-web", "sid": "a5b1c2d3-0b7e-4a51-8d0b-7d2f0f6f6f11", "acr": "1",
            "allowed-origins": ["https://shop.example.org"], "realm_access": { "roles": ["offline_access", "clerk"] },
            "resource_access": { "account": { "roles": ["manage-account", "view-profile"] } },
            "scope": "openid email profile", "email_verified": true, "preferred_username": "ada",
        });
        let [header, claims] = [header, claims].map(|json| URL_SAFE_NO_PAD.encode(json.to_string()));
        let message = format!("{header}.{claims}");
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What is read of the token; by `jsonwebtoken`, with its own derive.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Decoded {
    #[expect(dead_code, reason = "only read")]
    sub: String,
    #[expect(dead_code, reason = "only read")]
    realm_access: Roles,
    #[expect(dead_code, reason = "only read")]
    preferred_username: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Roles {
    #[expect(dead_code, reason = "only read")]
    roles: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Employee(#[expect(dead_code, reason = "only read")] Decoded);

impl ReadClaims for Employee {
    fn read_claims(payload: &str) -> Result<Verified<Self>, NotClaims> {
        struct Payload;
        impl<'de> Visitor<'de> for Payload {
            type Value = Verified<Employee>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("claims")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut registered = ForeignRegistered::default();
                let (mut sub, mut realm_access, mut preferred_username) = (None, None, None);
                while let Some(Name(name)) = map.next_key()? {
                    if registered.read(&name, &mut map)? {
                        continue;
                    }
                    match &*name {
                        "sub" => sub = Some(map.next_value()?),
                        "realm_access" => realm_access = Some(map.next_value()?),
                        "preferred_username" => preferred_username = Some(map.next_value()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                let missing = || A::Error::custom("a claim is missing");
                Ok(Verified::new(
                    registered,
                    Employee(Decoded {
                        sub: sub.ok_or_else(missing)?,
                        realm_access: realm_access.ok_or_else(missing)?,
                        preferred_username: preferred_username.ok_or_else(missing)?,
                    }),
                ))
            }
        }
        let mut json = serde_json::Deserializer::from_str(payload);
        let verified = json.deserialize_map(Payload)?;
        json.end()?;
        Ok(verified)
    }
}

/// A name, which is copied only if it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
