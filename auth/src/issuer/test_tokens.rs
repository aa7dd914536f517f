//! Tokens as the issuer of a builder would sign them, and others that it would not: for the test kit.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::builder::IssuerBuilder;
use super::claim_rules::{Audiences, ClaimRules};
use super::token_kind::TokenKind;
use crate::base::clock::{Clock, Timestamp};
use crate::keys::{Es256KeyPair, SignatureAlgorithm};
use crate::model::foreign::ReadClaims;

/// How long a token lives.
const LIFE: u64 = 300;
/// More than the most leeway.
const LONG_AGO: u64 = 3_600;
const KEY_ID: &str = "test";

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Expired,
    /// Signed with another key, under the name of the right one.
    OtherKey,
    Unsigned,
    OtherAudience,
    OtherIssuer,
    /// It is for the client, not for a service.
    IdToken,
}

impl Fault {
    pub(crate) const ALL: [(Self, &'static str); 6] = [
        (Self::Expired, "an expired token"),
        (Self::OtherKey, "a token signed with another key"),
        (Self::Unsigned, "a token without a signature"),
        (Self::OtherAudience, "a token for another audience"),
        (Self::OtherIssuer, "a token of another issuer"),
        (Self::IdToken, "an ID token"),
    ];
}

/// An issuer in a test, as the application has described it.
pub(crate) struct TestTokens {
    rules: ClaimRules,
    keys: Es256KeyPair,
    others: Es256KeyPair,
}

impl<P: ReadClaims> IssuerBuilder<P> {
    /// Lets tests sign in place of the issuer, of which nothing is requested. `None` if no key could be made, or if the
    /// issuer is one that is asked about its tokens.
    pub(crate) fn signed_by_tests(mut self, clock: impl Clock) -> Option<(Self, TestTokens)> {
        if self.introspection.is_some() {
            return None;
        }
        let (keys, others) = (Es256KeyPair::generate()?, Es256KeyPair::generate()?);
        let (x, y) = (URL_SAFE_NO_PAD.encode(&keys.x), URL_SAFE_NO_PAD.encode(&keys.y));
        let jwk = json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": KEY_ID, "x": x, "y": y });
        self.keys = Some(json!({ "keys": [jwk] }).to_string());
        (self.jwks_uri, self.algorithms, self.clock) = (None, vec![SignatureAlgorithm::Es256], Arc::new(clock));
        let tokens = TestTokens { rules: self.rules(), keys, others };
        Some((self, tokens))
    }
}

impl TestTokens {
    /// Signs these claims, to which are added those that every access token of the issuer has and that are not there: one
    /// that is `null` is left out.
    pub(crate) fn sign(&self, claims: &Value, now: Timestamp) -> Option<String> {
        write(self.claims(claims, now), self.typ(), &self.keys)
    }

    /// Returns a token that must be refused. `None` if the issuer of this application cannot be told from others so.
    pub(crate) fn faulty(&self, claims: &Value, fault: Fault, now: Timestamp) -> Option<String> {
        let mut claims = self.claims(claims, now);
        let mut set = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
        let (mut typ, mut keys) = (self.typ(), &self.keys);
        match fault {
            Fault::Expired => set("exp", json!(now.as_secs().saturating_sub(LONG_AGO))),
            Fault::OtherKey => keys = &self.others,
            Fault::Unsigned => {
                let unsigned = [json!({ "alg": "none", "typ": typ }), Value::Object(claims)];
                return Some(unsigned.map(|part| encoded(&part)).join(".") + ".");
            }
            Fault::OtherIssuer => set("iss", json!("https://another-issuer.example")),
            Fault::OtherAudience => match self.rules.audiences {
                Audiences::All => return None,
                Audiences::AnyOf(_) => set("aud", json!("another-service")),
                Audiences::Clients(_) => set("client_id", json!("another-client")),
            },
            Fault::IdToken => match self.rules.kind {
                TokenKind::AccessToken => typ = "JWT",
                TokenKind::BearerClaim => set("typ", json!("ID")),
                TokenKind::TokenUseAccess => set("token_use", json!("id")),
                TokenKind::NotAnIdToken => set("nonce", json!("n-1")),
                TokenKind::AnyToken => return None,
            },
        }
        write(claims, typ, keys)
    }

    fn typ(&self) -> &'static str {
        if self.rules.kind == TokenKind::AccessToken { "at+jwt" } else { "JWT" }
    }

    fn claims(&self, given: &Value, now: Timestamp) -> Map<String, Value> {
        let now = now.as_secs();
        let mut claims = Map::new();
        let mut say = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
        say("iss", json!(self.rules.issuers.first()));
        say("sub", json!("test"));
        say("iat", json!(now));
        say("exp", json!(now.saturating_add(LIFE)));
        match &self.rules.audiences {
            Audiences::AnyOf(names) => say("aud", json!(names.first())),
            Audiences::Clients(ids) => say("client_id", json!(ids.first())),
            Audiences::All => {}
        }
        match self.rules.kind {
            TokenKind::BearerClaim => say("typ", json!("Bearer")),
            TokenKind::TokenUseAccess => say("token_use", json!("access")),
            TokenKind::AccessToken | TokenKind::NotAnIdToken | TokenKind::AnyToken => {}
        }
        claims.extend(given.as_object().cloned().unwrap_or_default());
        claims.retain(|_, value| !value.is_null());
        claims
    }
}

fn write(claims: Map<String, Value>, typ: &str, keys: &Es256KeyPair) -> Option<String> {
    let header = json!({ "alg": "ES256", "kid": KEY_ID, "typ": typ });
    let signed = [encoded(&header), encoded(&Value::Object(claims))].join(".");
    let signature = keys.sign_fixed(signed.as_bytes())?;
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn encoded(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}
