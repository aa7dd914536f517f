//! A program with a command line, for tests with real processes: `operated auth …`, on the database in `DATABASE_URL`.

use std::process::ExitCode;

use auth::{AuthBuilder, Secret};
use auth_tests::operated::{self, Account, routes};

async fn builder() -> auth::Result<AuthBuilder<Account>> {
    let url = std::env::var("DATABASE_URL").map_err(auth::Error::other)?;
    Ok(operated::builder(&url).await?.secret(Secret::env("JWT_SECRET_KEY")?))
}

#[tokio::main]
async fn main() -> ExitCode {
    if let Some(code) = auth::cli::run(builder, routes).await {
        return code;
    }
    println!("the application itself");
    ExitCode::SUCCESS
}
