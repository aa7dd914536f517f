//! Tokens that another library made, with each kind of key pair.

use auth::FormerTokens;
use auth_tests::Database;
use auth_tests::users::SCHEMA;
use serde_json::Value;

use super::{UNTIL, switched_on};

fn made() -> Value {
    serde_json::from_str(include_str!("pyjwt.json")).unwrap()
}

fn text(made: &Value, alg: &str, name: &str) -> String {
    made[alg][name].as_str().unwrap().to_owned()
}

const ALGORITHMS: [&str; 4] = ["RS256", "ES256", "ES384", "EdDSA"];

#[tokio::test]
async fn tokens_of_pyjwt_are_accepted_with_their_key() {
    let made = made();
    for alg in ALGORITHMS {
        let settings = FormerTokens::public_key_pem(&text(&made, alg, "public_key")).accepted_until(UNTIL);
        let switched = switched_on(Database::with(SCHEMA).await, |builder| builder.former_tokens(settings)).await;
        assert_eq!(switched.id, 1);
        switched.accepts(&text(&made, alg, "token")).await;
        for other in ALGORITHMS.into_iter().filter(|other| *other != alg) {
            switched.refuses(&text(&made, other, "token"), &format!("{other} with a key of {alg}")).await;
        }
    }
}

/// Anybody can make another signature of ECDSA out of one.
#[tokio::test]
async fn rev_01_another_signature_is_the_same_token() {
    let made = made();
    let settings = FormerTokens::public_key_pem(&text(&made, "ES256", "public_key")).accepted_until(UNTIL);
    let switched = switched_on(Database::with(SCHEMA).await, |builder| builder.former_tokens(settings)).await;
    let (token, twin) = (text(&made, "ES256", "token"), text(&made, "ES256", "twin"));
    assert_ne!(token, twin);
    switched.accepts(&token).await;
    switched.accepts(&twin).await;
    assert_eq!(switched.begun(), 1, "one session for both");
    switched.app.logout(&token).await.is(204);
    switched.refuses(&token, "signed out").await;
    switched.refuses(&twin, "signed out").await;
}
