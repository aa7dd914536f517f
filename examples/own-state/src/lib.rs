//! A state of the application's own, with several parts: who signs in, the pool, a mailer, settings.

pub mod audit;
mod handlers;
mod sign_up;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use auth::routing::{Routes, get, post};
use auth::{Auth, AuthState, AuthUser, PasswordHash, Secret};
use axum::extract::FromRef;
use sqlx::SqlitePool;
use tokio::task::JoinHandle;

/// The row.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
pub struct User {
    /// The key.
    #[auth(id)]
    pub id: i64,
    /// What people sign in with.
    #[auth(login)]
    pub email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

/// Everything handlers may ask for. `FromRef` lets each name the part it wants: `State(mailer): State<Mailer>`.
#[derive(Clone, FromRef)]
pub struct App {
    /// Sign-up, login, sessions.
    pub auth: Auth<User>,
    /// The database.
    pub pool: SqlitePool,
    /// Outgoing mail.
    pub mailer: Mailer,
    /// What the operator decides.
    pub settings: Arc<Settings>,
}

/// `#[protected]` is about these users, here and in an `Arc<App>`.
impl AuthState for App {
    type User = User;
}

/// What the operator decides.
#[derive(Debug)]
pub struct Settings {
    /// Without this code nobody signs up.
    pub invitation: String,
}

/// Stands in for a real one: prints what it would send.
#[derive(Clone, Debug)]
pub struct Mailer {
    from: &'static str,
}

impl Mailer {
    pub(crate) fn send(&self, to: &str, text: &str) {
        println!("mail from {} to {to}: {text}", self.from);
    }
}

/// Opens the database and puts the state together. The task writes the audit table; it ends when the state is dropped.
///
/// # Errors
/// If the database or the configuration is not in order.
pub async fn open(database: &str, secret: Secret) -> auth::Result<(App, JoinHandle<()>)> {
    let pool = SqlitePool::connect(database).await?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    let (observer, writer) = audit::start(pool.clone());
    let auth = Auth::<User>::builder(pool.clone()).secret(secret).observer(observer).build().await?;
    let settings = Arc::new(Settings { invitation: "open sesame".to_owned() });
    let mailer = Mailer { from: "hello@app.example" };
    Ok((App { auth, pool, mailer, settings }, writer))
}

/// The routes, with a sign-up of our own in the place of the library's.
pub fn routes(app: &App) -> Routes<App> {
    let auth = app.auth.routes().without("POST", "/register").at("/register", post(sign_up::sign_up));
    Routes::new()
        .at("/notes", get(handlers::notes).post(handlers::add_note))
        .at("/history", get(handlers::history))
        .nest("/auth", auth)
}
