//! An instance that stores a mail for an address, says `answered`, and sends what is due until it is killed:
//! `mailing ADDRESS`, on the SQLite file in `DATABASE_URL`, through the server in `SMTP_URL`. Its clock stands still.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use auth::mail::Smtp;
use auth::testing::ManualClock;
use auth::{Auth, ClientInfo, Limits, Secret};
use auth_tests::User;
use auth_tests::app::quick_passwords;
use sqlx::SqlitePool;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let address = std::env::args().nth(1).unwrap();
    let pool = SqlitePool::connect(&std::env::var("DATABASE_URL").unwrap()).await.unwrap();
    let builder = Auth::<User>::builder(pool).secret(Secret::env("JWT_SECRET_KEY").unwrap());
    let builder = builder.clock(ManualClock::default()).passwords(quick_passwords()).limits(Limits::insecure_none());
    let builder = builder.base_url("https://app.example/account").mailer(Smtp::from_env());
    let auth = builder.build().await.unwrap();
    auth.forgot_password(&address, &ClientInfo::default()).await.unwrap();
    println!("answered");
    std::future::pending::<()>().await;
}
