//! A WebSocket and a stream of server-sent events, both open only as long as the session behind them.

mod socket;
mod stream;
#[cfg(test)]
mod tests;

use std::time::Duration;

use auth::routing::{Routes, any, get, post};
use auth::{Auth, AuthState, AuthUser, PasswordHash, Secret, protected};
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;
use tokio::sync::broadcast;

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

#[derive(Clone, FromRef)]
struct App {
    auth: Auth<User>,
    /// Delivers each message to every listener.
    messages: broadcast::Sender<String>,
    pulse: Pulse,
}

impl AuthState for App {
    type User = User;
}

/// How often an idle connection checks whether its session is still valid.
#[derive(Clone, Copy)]
struct Pulse(Duration);

#[protected]
async fn say(claims: UserClaims, State(messages): State<broadcast::Sender<String>>, text: String) -> StatusCode {
    // Fails if nobody is listening.
    let _ = messages.send(format!("{}: {text}", claims.sub));
    StatusCode::ACCEPTED
}

async fn open(pool: SqlitePool, secret: Secret, pulse: Duration) -> auth::Result<App> {
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    let auth = Auth::<User>::builder(pool).secret(secret).build().await?;
    Ok(App { auth, messages: broadcast::channel(64).0, pulse: Pulse(pulse) })
}

fn routes(app: &App) -> Routes<App> {
    Routes::new()
        .route("/socket", any(socket::socket)) // HTTP/1.1 upgrades with GET, HTTP/2 with CONNECT
        .route("/events", get(stream::events))
        .route("/messages", post(say))
        .nest("/auth", app.auth.routes())
}

/// Opens an in-memory database. Its one connection is never closed, because the database would go with it.
async fn in_memory() -> sqlx::Result<SqlitePool> {
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    pool.connect("sqlite::memory:").await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let secret = Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?;
    let app = open(in_memory().await?, secret, Duration::from_secs(1)).await?;
    let routes = routes(&app);

    println!("{}\n\n{}", routes.table(), include_str!("try_it.txt").replace("3000", &port));
    auth::serve(format!("127.0.0.1:{port}"), routes.into_router().with_state(app)).await?;
    Ok(())
}
