//! Who the tokens are about: a struct whose parser is written by hand, as the derive would write it.

use std::borrow::Cow;
use std::fmt;

use auth::issuer::{ForeignRegistered, Issuer, IssuerBuilder, NotClaims, ReadClaims, Verified};
use auth::testing::ManualClock;
use auth::{AuthError, clock::Clock};
use serde::Deserializer;
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde_json::{Value, json};

use crate::keys::{Key, published};

/// The issuer of most tests.
pub(crate) const URL: &str = "https://sso.example.org/realms/shop";
/// This service.
pub(crate) const AUDIENCE: &str = "shop-api";

#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) sub: String,
}

impl ReadClaims for Person {
    fn read_claims(payload: &str) -> Result<Verified<Self>, NotClaims> {
        struct Payload;
        impl<'de> Visitor<'de> for Payload {
            type Value = Verified<Person>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("claims")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut registered, mut sub) = (ForeignRegistered::default(), None);
                while let Some(name) = map.next_key::<Cow<'_, str>>()? {
                    if registered.read(&name, &mut map)? {
                        continue;
                    }
                    if name != "sub" {
                        map.next_value::<IgnoredAny>()?;
                    } else if sub.replace(map.next_value()?).is_some() {
                        return Err(A::Error::duplicate_field("sub"));
                    }
                }
                let sub = sub.ok_or_else(|| A::Error::missing_field("sub"))?;
                Ok(Verified::new(registered, Person { sub }))
            }
        }
        let mut json = serde_json::Deserializer::from_str(payload);
        let verified = json.deserialize_map(Payload)?;
        json.end()?;
        Ok(verified)
    }
}

/// The time of the tests, in seconds.
pub(crate) fn now() -> u64 {
    ManualClock::default().now().as_secs()
}

/// Claims of an access token that is good for five minutes.
pub(crate) fn claims() -> Value {
    json!({ "iss": URL, "aud": AUDIENCE, "sub": "ada", "iat": now(), "exp": now() + 300 })
}

/// The same with one claim set, or with `null` taken away.
pub(crate) fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

/// An issuer with these settings, this audience and these keys, at the time of the tests.
pub(crate) fn built(builder: IssuerBuilder<Person>, keys: &[Key]) -> Issuer<Person> {
    builder.audience(AUDIENCE).keys(published(keys)).clock(ManualClock::default()).build().unwrap()
}

/// An issuer of RFC 9068 with these keys.
pub(crate) fn issuer(keys: &[Key]) -> Issuer<Person> {
    built(Issuer::new(URL), keys)
}

/// Who the token is about, or the error that is answered.
pub(crate) async fn whose(issuer: &Issuer<Person>, token: &str) -> Result<String, AuthError> {
    issuer.verify(token).await.map(|verified| verified.sub.clone())
}

pub(crate) async fn is_refused(issuer: &Issuer<Person>, token: &str) -> bool {
    match whose(issuer, token).await {
        Ok(_) => false,
        Err(AuthError::InvalidToken) => true,
        Err(other) => panic!("{other:?}"),
    }
}
