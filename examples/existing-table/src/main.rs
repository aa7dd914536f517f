//! An existing table: its own column names, a UUID key, two logins, several roles, and hashes of another scheme.

mod account;
mod legacy;
#[cfg(test)]
mod tests;

use auth::event::{Event, EventKind};
use auth::password::PasswordConfig;
use auth::routing::{Routes, get};
use auth::{Auth, AuthError, Hooks, Secret, protected};
use sqlx::SqlitePool;

use account::{Account, AccountClaims, AccountRegistration, Role};

/// Returns the scheme of the caller's stored hash, to show that the first login replaced it.
#[protected]
async fn scheme(account: Account) -> String {
    let scheme = account.password_hash.expose().split('$').find(|part| !part.is_empty());
    format!("{} has a hash of the scheme {}\n", account.id, scheme.unwrap_or("?"))
}

#[protected(Role::Author)] // roles and plan come with the token: no query
async fn drafts(claims: AccountClaims) -> String {
    format!("the drafts of {}, on the plan `{}`\n", claims.sub, claims.plan)
}

#[protected(Role::Administrator)]
async fn audit() -> &'static str {
    "nothing to see\n"
}

/// Refuses sign-ups with addresses of a throwaway mail provider.
struct NoThrowaways;

impl Hooks<Account> for NoThrowaways {
    async fn before_register(&self, new: &mut AccountRegistration, _: &auth::ClientInfo) -> Result<(), AuthError> {
        // Logins arrive in canonical form, so `Bob@Throwaway.example` does not slip through.
        if new.email.ends_with("@throwaway.example") {
            let message = "please use an address you will keep".to_owned();
            return Err(AuthError::Denied { code: "throwaway_address", message });
        }
        Ok(())
    }
}

fn on_event(event: &Event) {
    if let EventKind::PasswordRehashed { user } = &event.kind {
        println!("event: the old hash of {user} was right, and is an Argon2id hash now");
    }
}

async fn open(pool: SqlitePool, secret: Secret) -> auth::Result<(Auth<Account>, Routes<Auth<Account>>)> {
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    let auth = Auth::<Account>::builder(pool)
        .secret(secret)
        .passwords(PasswordConfig::default().legacy(legacy::django))
        .hooks(NoThrowaways)
        .observer(on_event)
        .build()
        .await?;
    let routes = Routes::new()
        .route("/scheme", get(scheme))
        .route("/drafts", get(drafts))
        .route("/audit", get(audit))
        .nest("/auth", auth.routes());
    Ok((auth, routes))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:existing-table.db?mode=rwc".to_owned());
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());

    let secret = Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?;
    let (auth, routes) = open(SqlitePool::connect(&database).await?, secret).await?;

    println!("{}\n\n{}", routes.table(), include_str!("try_it.txt").replace("3000", &port));
    auth::serve(format!("127.0.0.1:{port}"), routes.into_router().with_state(auth)).await?;
    Ok(())
}
