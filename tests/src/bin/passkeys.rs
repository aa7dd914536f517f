//! What `.ci/passkeys` compares with foreign programs.
//!
//! `passkeys` serves the built-in routes, with passkeys and without limits, on the loopback interface, and prints its
//! address. `passkeys device` is an authenticator: it reads `{"create": options}` or `{"get": options}` a line, and prints
//! what a page would send.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "for a script of tests"
)]

use std::io::BufRead as _;

use auth::PasskeySettings;
use auth::testing::SoftwareAuthenticator;
use auth_tests::memory_app::MemoryApp;
use serde_json::Value;

/// As in `.ci/passkeys.py`.
const RP_ID: &str = "example.org";
const ORIGINS: [&str; 2] = ["https://app.example.org", "https://example.org"];

#[tokio::main]
async fn main() {
    if std::env::args().any(|argument| argument == "device") {
        return device();
    }
    let settings = PasskeySettings::new("Example Shop").rp_id(RP_ID);
    let settings = ORIGINS.iter().fold(settings, |settings, origin| settings.origin(*origin));
    let app = MemoryApp::with(|builder| builder.passkeys(settings)).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    axum::serve(listener, app.router).await.unwrap();
}

fn device() {
    let mut device = SoftwareAuthenticator::at(ORIGINS[0]);
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let answer = match (asked.get("create"), asked.get("get")) {
            (Some(options), None) => device.create(options),
            (None, Some(options)) => device.get(options),
            _ => panic!("{asked}?"),
        };
        println!("{answer}");
    }
}
