//! What `.ci/totp` compares with foreign programs: codes at random times as `secret time code` lines, and after `--app`
//! an authenticator app that is being set up, as JSON.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::expect_used,
    missing_docs,
    reason = "for a script of tests"
)]

use auth::clock::Timestamp;
use auth::random::{OsRandom, Random};
use auth::store::MemoryRecords;
use auth::testing::totp_code;
use auth::{Auth, ClientInfo, Credentials, Secret};
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::{User, UserRegistration};
use serde_json::json;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[tokio::main]
async fn main() {
    if std::env::args().any(|argument| argument == "--app") {
        println!("{}", app().await);
        return;
    }
    for _ in 0..10_000 {
        let mut random = [0; 38];
        OsRandom.fill(&mut random).unwrap();
        let (time, seed) = random.split_first_chunk::<6>().unwrap();
        let secret: String =
            seed.iter().map(|byte| char::from(*ALPHABET.get(usize::from(byte % 32)).unwrap())).collect();
        // Until the year 36812: more than any clock says.
        let seconds = time.iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte)) >> 8;
        println!("{secret} {seconds} {}", totp_code(&secret, Timestamp::from_secs(seconds)));
    }
}

async fn app() -> serde_json::Value {
    let builder = Auth::<User>::builder((auth_tests::users::in_memory(), MemoryRecords::new()));
    let builder = builder.secret(Secret::generate().unwrap()).passwords(quick_passwords()).totp("Käse & Co: Shop");
    let auth = builder.build().await.unwrap();
    let email = "ada+ü@example.org";
    let ada = UserRegistration { email: email.to_owned(), display_name: "Ada".to_owned() };
    auth.accounts().create(ada, PASSWORD).await.unwrap();
    let login = auth.login(Credentials::new(email, PASSWORD), &ClientInfo::default()).await.unwrap();
    let (_, tokens) = login.signed_in().unwrap();
    let begun = auth.begin_totp(&auth.verify(&tokens.access_token).unwrap()).await.unwrap();
    json!({ "secret": begun.secret, "uri": begun.uri, "qr_svg": begun.qr_svg })
}
