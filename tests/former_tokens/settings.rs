//! What a start refuses, and what it says.

use auth::store::MemoryRecords;
use auth::{Auth, AuthBuilder, Error, FormerTokens, Secret};
use auth_tests::app::OTHER_SECRET;
use auth_tests::users::{User, in_memory};

use super::{UNTIL, hs256};

fn builder() -> AuthBuilder<User> {
    Auth::<User>::builder((in_memory(), MemoryRecords::new()))
        .secret(Secret::generate().unwrap())
        .clock(auth::testing::ManualClock::default())
}

async fn refused(tokens: FormerTokens) -> String {
    match builder().former_tokens(tokens).build().await {
        Err(Error::Config(error)) => error.to_string(),
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was built"),
    }
}

#[tokio::test]
async fn every_mistake_is_named_with_its_mend() {
    let until = |tokens: FormerTokens| tokens.accepted_until(UNTIL);
    let made: serde_json::Value = serde_json::from_str(include_str!("pyjwt.json")).unwrap();
    let private = include_str!("../tokens/keys/p256.pem");
    let pem = made["ES256"]["public_key"].as_str().unwrap();
    for (tokens, said) in [
        (FormerTokens::hs256(OTHER_SECRET), "call `.accepted_until(\"2027-03-01\")`"),
        (FormerTokens::hs256(OTHER_SECRET).accepted_until("soon\n"), "and not `soon\\n`"),
        (FormerTokens::hs256(OTHER_SECRET).accepted_until("2030-01-01"), "over 400 days ahead (2030-01-01T00:00:00Z)"),
        (until(FormerTokens::hs256("")), "the secret has 0 bytes, fewer than 16"),
        (until(FormerTokens::hs256("k3Jx9QwLr2Tz7Yb")), "the secret has 15 bytes, fewer than 16"),
        (until(FormerTokens::hs256("my-jwt-secret-of-2019")), "the secret is guessable"),
        (until(FormerTokens::hs256("aaaaaaaaaaaaaaaaaaaaaaaa")), "people sign in once more"),
        (until(FormerTokens::public_key_pem("")), "the public key is no public key in PEM"),
        (until(FormerTokens::public_key_pem(private)), "is a private key, which nobody needs any more"),
        (until(FormerTokens::public_key_pem(&pem.replace("MFkw", "MFkx"))), "is damaged"),
        (until(FormerTokens::hs256(OTHER_SECRET)).user_id_claim(""), "a claim without a name"),
        (until(FormerTokens::hs256(OTHER_SECRET)).claim("", "x"), "a claim without a name"),
    ] {
        let message = refused(tokens).await;
        assert!(message.contains(said), "{said}: {message}");
        assert!(!message.contains(&*OTHER_SECRET));
    }
    // All of them at once, together with those of others.
    let tokens = FormerTokens::hs256("short").user_id_claim("");
    let message = match builder()
        .issuer("")
        .former_tokens(tokens)
        .refresh_grace(std::time::Duration::from_hours(1))
        .build()
        .await
    {
        Err(Error::Config(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    for said in ["fewer than 16", "accepted_until", "a claim without a name", "grace window"] {
        assert!(message.contains(said), "{said}: {message}");
    }
}

#[tokio::test]
async fn secrets_of_sixteen_bytes_and_past_dates_start() {
    builder().former_tokens(FormerTokens::hs256(&OTHER_SECRET[..16]).accepted_until(UNTIL)).build().await.unwrap();
    builder().former_tokens(FormerTokens::hs256(OTHER_SECRET).accepted_until("2020-01-01")).build().await.unwrap();
}

#[test]
fn log_01_settings_print_no_secret() {
    let printed = format!("{:?}", hs256());
    assert!(printed.contains("redacted") && !printed.contains(&*OTHER_SECRET), "{printed}");
}
