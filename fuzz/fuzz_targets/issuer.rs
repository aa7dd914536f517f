//! Tokens of other issuers, and the keys that they publish: nothing is accepted that was not signed, and behind a signature
//! that counts as right, nothing that the rules do not allow. As a general parser of JSON reads it, too.
#![no_main]

use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use auth::clock::{Clock, Timestamp};
use auth::fuzzing::believe;
use auth::issuer::{ForeignRegistered, Issuer, NotClaims, ReadClaims, SignatureAlgorithm, Verified};
use libfuzzer_sys::fuzz_target;
use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

const NOW: u64 = 1_000_000_000;
const URL: &str = "https://a.example";
const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","alg":"EdDSA","use":"sig",
    "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

#[derive(Debug)]
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(NOW)
    }
}

#[derive(Clone, Debug)]
struct Nobody;

impl ReadClaims for Nobody {
    fn read_claims(payload: &str) -> Result<Verified<Self>, NotClaims> {
        struct Payload;
        impl<'de> Visitor<'de> for Payload {
            type Value = ForeignRegistered;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("claims")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut registered = ForeignRegistered::default();
                while let Some(name) = map.next_key::<String>()? {
                    if !registered.read(&name, &mut map)? {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(registered)
            }
        }
        let mut json = serde_json::Deserializer::from_str(payload);
        let registered = json.deserialize_map(Payload)?;
        json.end()?;
        Ok(Verified::new(registered, Self))
    }
}

fn issuer(keys: &str) -> Option<Issuer<Nobody>> {
    Issuer::new(URL).audience("a").keys(keys).clock(Fixed).token_cache(0).build().ok()
}

static ISSUER: LazyLock<Issuer<Nobody>> = LazyLock::new(|| issuer(KEYS).expect("the settings are fine"));

fn verify(issuer: &Issuer<Nobody>, token: &str) -> Option<Arc<Verified<Nobody>>> {
    match pin!(issuer.verify(token)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome.ok(),
        Poll::Pending => panic!("keys are at hand"),
    }
}

fn object(segment: &str) -> Map<String, Value> {
    let bytes = auth::fuzzing::base64url(segment).expect("it was read");
    serde_json::from_slice(&bytes).expect("it was read")
}

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // As keys.
    if let Some(issuer) = issuer(text) {
        assert!(verify(&issuer, "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.e30.AA").is_none());
    }
    // As a token, and as header and payload of one, written in clear.
    let encode = auth::fuzzing::to_base64url;
    let written = text.split_once('\n').map(|(header, payload)| format!("{}.{}.AA", encode(header), encode(payload)));
    for token in [Some(text.to_owned()), written].into_iter().flatten() {
        assert!(verify(&ISSUER, &token).is_none(), "nobody has signed {token}");
        if let Some(verified) = believe(|| verify(&ISSUER, &token)) {
            let segments: Vec<&str> = token.split('.').collect();
            assert_eq!(segments.len(), 3);
            let (header, claims) = (object(segments[0]), object(segments[1]));
            let alg = header["alg"].as_str().expect("it is a text");
            assert!(alg == "EdDSA" || alg == SignatureAlgorithm::Ed25519.name());
            assert!(header.get("crit").is_none() && header.get("kid").is_none_or(|kid| kid == "1"));
            assert!(header["typ"].as_str().is_some_and(|typ| typ.to_ascii_lowercase().ends_with("at+jwt")));
            assert_eq!((claims["iss"].as_str(), verified.registered.issuer()), (Some(URL), URL));
            assert!(claims["aud"] == "a" || claims["aud"].as_array().is_some_and(|list| list.contains(&"a".into())));
            assert!(claims["exp"].as_f64().is_some_and(|exp| exp > 999_999_940.0));
        }
    }
});
