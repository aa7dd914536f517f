//! The program of the README: sign-up, login, refresh, logout, roles, on an SQLite file.

use auth::routing::{Routes, get};
use auth::{Auth, AuthRole, AuthUser, PasswordHash, Secret, protected, public};

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
    password_hash: PasswordHash,
    #[auth(active)]
    is_active: bool,
    #[auth(role)]
    role: Role,
    #[auth(register, claim)]
    display_name: String,
}

#[protected] // signed in, active, not revoked
async fn me(user: User) -> String {
    format!("hello {}\n", user.display_name)
}

#[protected(Role::Admin)] // claims come from the token: no query
async fn stats(claims: UserClaims) -> String {
    format!("admin {}\n", claims.sub)
}

#[public] // open on purpose
async fn health() -> &'static str {
    "ok\n"
}

#[tokio::main]
async fn main() -> auth::Result<()> {
    let pool = sqlx::SqlitePool::connect("sqlite:app.db?mode=rwc").await?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    let secret = Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?;
    let auth = Auth::<User>::builder(pool).secret(secret).build().await?;
    let routes = Routes::new()
        .at("/me", get(me))
        .at("/stats", get(stats))
        .at("/health", get(health))
        .nest("/auth", auth.routes());
    println!("{}", routes.table());
    auth::serve("127.0.0.1:3000", routes.into_router().with_state(auth)).await
}
