//! A forger who knows the secret: signs arbitrary bytes with keys derived by the documented formula.

use auth::clock::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::app::SECRET;
use crate::{App, User};

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

pub fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// The key that signs access tokens of `realm`: `HMAC-SHA-256(secret, "auth:access-token:" realm)`.
pub fn signing_key(secret: impl AsRef<[u8]>, realm: &str) -> Vec<u8> {
    derived(secret, "access-token", realm)
}

/// The key for any purpose.
pub fn derived(secret: impl AsRef<[u8]>, purpose: &str, realm: &str) -> Vec<u8> {
    hmac(secret.as_ref(), format!("auth:{purpose}:{realm}").as_bytes())
}

/// The header of genuine tokens.
pub fn header() -> String {
    let kid = encode(&derived(SECRET, "key-id", "User:users")[..8]);
    format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt"}}"#)
}

/// `header.payload.signature` over any bytes, signed with any key.
pub fn sign_with(key: &[u8], header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let signature = encode(hmac(key, message.as_bytes()));
    format!("{message}.{signature}")
}

/// The same, signed with the right key.
pub fn sign(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    sign_with(&signing_key(SECRET, "User:users"), header, payload)
}

/// An application with a signed-in user, and the claims of the access token.
pub struct Victim {
    pub app: App,
    pub token: String,
    pub refresh: String,
    pub claims: Map<String, Value>,
}

impl Victim {
    pub async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub async fn with(setup: impl FnOnce(auth::AuthBuilder<User>) -> auth::AuthBuilder<User>) -> Self {
        let app = App::with(setup).await;
        let signed_up = app.register("ada@example.org").await.is(201);
        let token = signed_up.access_token();
        let claims = claims_of(&token);
        Self { app, refresh: signed_up.refresh_token(), token, claims }
    }

    /// A token with one claim changed; `None` removes it.
    pub fn changed(&self, name: &str, value: Option<Value>) -> String {
        let mut claims = self.claims.clone();
        match value {
            Some(value) => drop(claims.insert(name.to_owned(), value)),
            None => drop(claims.remove(name)),
        }
        sign(header(), Value::Object(claims).to_string())
    }

    /// A token with the value of `name` replaced by `text`, JSON or not.
    pub fn raw(&self, name: &str, text: &str) -> String {
        const PLACE: &str = "@@place@@";
        let mut claims = self.claims.clone();
        claims.insert(name.to_owned(), PLACE.into());
        let payload = Value::Object(claims).to_string().replace(&format!("\"{PLACE}\""), text);
        sign(header(), payload)
    }

    /// Whether the token is accepted, by a route that reads only claims and by one that loads the row.
    pub async fn accepts(&self, token: &str) -> bool {
        let claims = self.app.get("/claims", token).await;
        let row = self.app.get("/me", token).await;
        assert_eq!(claims.status, row.status, "the claims and the row disagree");
        if claims.status == 200 {
            return true;
        }
        for answer in [claims, row] {
            assert_eq!(answer.clone().is(401).code(), "invalid_token");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"User\", error=\"invalid_token\""));
        }
        false
    }

    /// A claim that is a time, in seconds.
    pub fn time(&self, name: &str) -> u64 {
        self.claims[name].as_u64().unwrap()
    }

    /// Whether the token is accepted at this second.
    pub async fn accepted_at(&self, second: u64) -> bool {
        self.app.clock.set(Timestamp::from_secs(second));
        self.accepts(&self.token).await
    }

    /// Fails unless `token` is refused like any other bad token.
    #[track_caller]
    pub fn refuses<'a>(&'a self, token: &'a str, what: &'a str) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            assert!(!self.accepts(token).await, "accepted at {caller}: {what}");
        }
    }
}

pub fn claims_of(token: &str) -> Map<String, Value> {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&decode(payload)).unwrap()
}
