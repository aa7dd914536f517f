//! What `.ci/tokens` has verified by foreign libraries: a token of each algorithm, with its key set, as JSON.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "for a script of tests")]

use auth::keys::SigningKey;
use auth::store::MemoryRecords;
use auth::{Auth, ClientInfo, Credentials, Secret};
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::{User, UserRegistration};
use serde_json::{Value, json};

const ISSUER: &str = "https://shop.example.org";
const AUDIENCE: &str = "https://api.shop.example.org";

#[tokio::main]
async fn main() {
    let mut signed = Vec::new();
    for pem in [
        include_str!("../../tokens/keys/p256.pem"),
        include_str!("../../tokens/keys/ed25519.pem"),
        include_str!("../../tokens/keys/rsa2048.pem"),
    ] {
        signed.push(token(SigningKey::from_pem(pem).unwrap()).await);
    }
    println!("{}", Value::Array(signed));
}

async fn token(key: SigningKey) -> Value {
    let (algorithm, id) = (key.algorithm(), key.id().to_owned());
    let builder = Auth::<User>::builder((auth_tests::users::in_memory(), MemoryRecords::new()))
        .secret(Secret::generate().unwrap())
        .passwords(quick_passwords())
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .signing_key(key);
    let auth = builder.build().await.unwrap();
    let ada = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
    auth.accounts().create(ada, PASSWORD).await.unwrap();
    let credentials = Credentials::new("ada@example.org", PASSWORD);
    let (_, tokens) = auth.login(credentials, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
    let jwks: Value = serde_json::from_str(&auth.jwk_set()).unwrap();
    json!({
        "algorithm": algorithm,
        "id": id,
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "jwks": jwks,
        "token": tokens.access_token,
    })
}
