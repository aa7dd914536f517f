//! The test vectors of Project Wycheproof for JSON Web Signatures (see NOTICE), given to the verifier of tokens.

use auth::issuer::{ForeignRegistered, Issuer, NotClaims, ReadClaims, TokenKind, Verified};
use auth::testing::ManualClock;
use serde::Deserialize;
use serde_json::Value;

use crate::keys::set_of;
use crate::person::{Person, now};

#[derive(Deserialize)]
struct Group {
    comment: String,
    public: Value,
    tests: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: u32,
    comment: String,
    jws: String,
    valid: bool,
}

/// Valid ones that are refused, and why.
const REFUSED: [(u32, &str); 10] = [
    (263, NOT_UTF_8),
    (267, NOT_UTF_8),
    (271, NOT_UTF_8),
    (275, NOT_UTF_8),
    (323, NOT_UTF_8),
    (328, NOT_UTF_8),
    (346, ANOTHER_ALGORITHM),
    (350, ANOTHER_ALGORITHM),
    (347, P_521),
    (351, P_521),
];
const NOT_UTF_8: &str = "the payload is no text, and claims are JSON (RFC 7519 §7.2)";
const ANOTHER_ALGORITHM: &str = "the key says PS256, the header PS384: a key has one algorithm (RFC 8725 §3.1)";
const P_521: &str = "no backend has the curve P-521";

/// Claims that are the same whatever the payload is: vectors are texts, not claims.
#[derive(Clone, Debug)]
struct Anything;

impl ReadClaims for Anything {
    fn read_claims(_payload: &str) -> Result<Verified<Self>, NotClaims> {
        let claims = format!(r#"{{"iss":"https://vectors.example","sub":"x","exp":{}}}"#, now() + 300);
        let registered: ForeignRegistered = Person::read_claims(&claims)?.registered;
        Ok(Verified::new(registered, Self))
    }
}

#[tokio::test]
async fn jwt_27_wycheproof_vectors_have_their_verdict() {
    let groups: Vec<Group> = serde_json::from_str(include_str!("wycheproof.json")).unwrap();
    let (mut judged, mut accepted, mut wrong) = (0, 0, Vec::new());
    for group in &groups {
        let issuer = Issuer::<Anything>::new("https://vectors.example").any_audience("vectors have none");
        let issuer = issuer.keys(set_of([group.public.clone()])).token_kind(TokenKind::AnyToken);
        let issuer = issuer.clock(ManualClock::default()).build().ok();
        for vector in &group.tests {
            judged += 1;
            let outcome = match &issuer {
                // A key that is not accepted verifies nothing.
                None => false,
                Some(issuer) => {
                    let (issuer, jws) = (issuer.clone(), vector.jws.clone());
                    tokio::spawn(async move { issuer.verify(&jws).await.is_ok() }).await.expect("no vector panics")
                }
            };
            accepted += usize::from(outcome);
            let expected = vector.valid && !REFUSED.iter().any(|(id, _)| *id == vector.id);
            if outcome != expected {
                wrong.push(format!("{} {}: {}", vector.id, group.comment, vector.comment));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((judged, accepted), (361, 26));
    assert!(REFUSED.iter().all(|(_, reason)| !reason.is_empty()));
}
