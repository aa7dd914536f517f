//! The program of the README: sign-up, login, refresh, logout and roles, on an SQLite file, with nothing to configure.

use std::process::ExitCode;

use auth::routing::{Routes, get};
use auth::{Auth, AuthBuilder, AuthRole, AuthUser, PasswordHash, Secret, protected, public};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    #[role(includes(Member))]
    Admin,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash, // prints as [redacted], cannot be serialised
    #[auth(active)]
    is_active: bool,
    #[auth(role, default = Role::Member)]
    role: Role,
    #[auth(register, claim)]
    display_name: String, // taken at sign-up, carried in the access token
}

#[protected] // signed in, session not ended; loading the row judges `is_active`
async fn me(user: User) -> String {
    format!("hello {}\n", user.display_name)
}

#[protected(Role::Admin)] // the rule is judged on the token: no query
async fn stats(claims: UserClaims) -> String {
    format!("admin {}\n", claims.sub)
}

#[public] // open on purpose; without either attribute this would not compile
async fn health() -> &'static str {
    "ok\n"
}

fn routes(auth: &Auth<User>) -> Routes<Auth<User>> {
    // The last brings register, login, refresh, logout, sessions, …
    Routes::new()
        .route("/me", get(me))
        .route("/stats", get(stats))
        .route("/health", get(health))
        .nest("/auth", auth.routes())
}

async fn builder() -> auth::Result<AuthBuilder<User>> {
    let database = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:app.db?mode=rwc".to_owned());
    let pool = sqlx::SqlitePool::connect(&database).await?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?; // your users table
    let secret = Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?; // first run: 32 random bytes, mode 0600
    Ok(Auth::builder(pool).secret(secret))
}

#[cfg(test)]
mod tests;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    if let Some(code) = auth::cli::run(builder, routes).await {
        return Ok(code); // `quickstart auth user create …`: accounts, routes and checks from the command line
    }
    let auth = builder().await?.build().await?;
    let routes = routes(&auth);
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    println!("{}\n\n{}", routes.table(), include_str!("try_it.txt").replace("3000", &port));
    auth::serve(format!("127.0.0.1:{port}"), routes.into_router().with_state(auth)).await?;
    Ok(ExitCode::SUCCESS)
}
