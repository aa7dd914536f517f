//! An application state with several parts: `Auth<User>`, the pool, a mailer, settings.

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

/// A row of the table `users`.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
pub struct User {
    /// The primary key.
    #[auth(id)]
    pub id: i64,
    /// The address to sign in with.
    #[auth(login)]
    pub email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

/// The state. `FromRef` lets each handler name the part that it needs: `State(mailer): State<Mailer>`.
#[derive(Clone, FromRef)]
pub struct App {
    /// Sign-up, login, sessions.
    pub auth: Auth<User>,
    /// The database.
    pub pool: SqlitePool,
    /// Outgoing mail.
    pub mailer: Mailer,
    /// Settings of the operator.
    pub settings: Arc<Settings>,
}

/// `#[protected]` is about these users, here and in an `Arc<App>`.
impl AuthState for App {
    type User = User;
}

/// Settings of the operator.
#[derive(Debug)]
pub struct Settings {
    /// The code that is required to sign up.
    pub invitation: String,
}

/// A placeholder for a real mailer: prints what it would send.
#[derive(Clone, Debug)]
pub struct Mailer {
    from: &'static str,
}

impl Mailer {
    pub(crate) fn send(&self, to: &str, text: &str) {
        println!("mail from {} to {to}: {text}", self.from);
    }
}

/// Opens the database and builds the state. The returned task writes the audit table and ends when the state is
/// dropped.
///
/// # Errors
/// Fails if the database or the configuration is not in order.
pub async fn open(database: &str, secret: Secret) -> auth::Result<(App, JoinHandle<()>)> {
    let pool = SqlitePool::connect(database).await?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    let (observer, writer) = audit::start(pool.clone());
    let auth = Auth::<User>::builder(pool.clone()).secret(secret).observer(observer).build().await?;
    let settings = Arc::new(Settings { invitation: "open sesame".to_owned() });
    let mailer = Mailer { from: "hello@app.example" };
    Ok((App { auth, pool, mailer, settings }, writer))
}

/// The routes, with a custom sign-up in place of the library's.
pub fn routes(app: &App) -> Routes<App> {
    let auth = app.auth.routes().remove("POST", "/register").route("/register", post(sign_up::sign_up));
    Routes::new()
        .route("/notes", get(handlers::notes).post(handlers::add_note))
        .route("/history", get(handlers::history))
        .nest("/auth", auth)
}
