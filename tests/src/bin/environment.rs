//! Prints settings and secrets as read from the environment: `environment build`, `environment secret FILE`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::format_collect, reason = "a test fails by panicking")]

use auth::testing::ManualClock;
use auth::{Auth, ClientInfo, Secret};
use auth_tests::app::{PASSWORD, quick_passwords};
use auth_tests::users::SCHEMA;
use auth_tests::{Database, User, UserRegistration, payload};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let text = match (arguments.next().as_deref(), arguments.next()) {
        (Some("build"), None) => build().await,
        (Some("secret"), Some(file)) => secret(&file),
        other => format!("{other:?}?"),
    };
    print!("{text}");
}

/// The lifetime, issuer and audience of a token, or the error.
async fn build() -> String {
    let db = Database::with(SCHEMA).await;
    let builder = Auth::<User>::builder(db.pool.clone()).passwords(quick_passwords());
    let auth = match builder.clock(ManualClock::default()).from_env().build().await {
        Ok(auth) => auth,
        Err(error) => return error.to_string(),
    };
    let form = UserRegistration { email: "ada@example.org".to_owned(), display_name: "Ada".to_owned() };
    let (_, tokens) = auth.register(form, PASSWORD, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
    let claims = payload(&tokens.access_token);
    let days = tokens.session_expires_in.as_secs() / (24 * 60 * 60);
    format!("{}s {days}d {} {}", tokens.expires_in.as_secs(), claims["iss"], claims["aud"])
}

/// The bytes of the secret in hex, or the error.
fn secret(file: &str) -> String {
    match Secret::env_or_file("JWT_SECRET_KEY", file) {
        Ok(secret) => secret.expose().iter().map(|byte| format!("{byte:02x}")).collect(),
        Err(error) => error.to_string(),
    }
}
