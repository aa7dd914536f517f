//! One of several instances that share a PostgreSQL and, if `REDIS_URL` is set, a Redis. `./run` starts everything and
//! shows that a session that ends on one instance ends on the other.

use std::time::Duration;

use auth::routing::{Routes, get};
use auth::{Auth, AuthUser, PasswordHash, protected, public};
use sqlx::postgres::PgPoolOptions;

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(active)]
    is_active: bool,
    #[auth(register, claim)]
    display_name: String,
}

#[protected]
async fn me(user: User) -> String {
    format!("hello {}\n", user.display_name)
}

#[protected] // judged on the token without a query, so a short outage of the database does not matter
async fn name(claims: UserClaims) -> String {
    format!("hello {}\n", claims.display_name)
}

#[public(reason = "asked by the balancer")]
async fn health() -> &'static str {
    "ok\n"
}

fn routes(auth: &Auth<User>) -> Routes<Auth<User>> {
    Routes::new()
        .route("/me", get(me))
        .route("/name", get(name))
        .route("/health", get(health))
        .nest("/auth", auth.routes())
}

#[cfg(test)]
mod tests;

fn setting(name: &str) -> auth::Result<String> {
    std::env::var(name)
        .map_err(|_| auth::Error::other(format!("{name} is not set: start this with ./run, or see README.md")))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (database, port) = (setting("DATABASE_URL")?, setting("PORT")?);
    let pool = PgPoolOptions::new().max_connections(8).connect(&database).await?;
    // sqlx holds a lock meanwhile, so instances may start at the same time. The same holds for `build()`.
    sqlx::migrate!().run(&pool).await?;

    // JWT_SECRET_KEY from the environment: all instances need the same secret.
    let auth = Auth::<User>::builder(pool).from_env().user_cache(Duration::from_secs(5));
    let auth = match std::env::var("REDIS_URL") {
        Ok(url) => auth.redis(auth::redis::Redis::open(&url)?),
        Err(_) => auth,
    };
    let auth = auth.build().await?;
    tokio::spawn(auth.maintenance()); // on any number of instances

    auth::serve(format!("127.0.0.1:{port}"), routes(&auth).into_router().with_state(auth)).await?;
    Ok(())
}
