//! A service whose access tokens others verify: key pairs that are made and replaced by themselves, and published below
//! `/.well-known`.

use std::process::ExitCode;

use auth::keys::ManagedKeys;
use auth::routing::{Routes, get};
use auth::{Auth, AuthBuilder, AuthPermission, AuthRole, AuthUser, PasswordHash, Secret, protected, rule};
use axum::Json;
use serde::Serialize;

#[cfg(test)]
mod tests;

/// What services that verify the tokens expect in `aud`.
const AUDIENCE: &str = "https://api.example.org";

/// What every API key of this service begins with, so that scanners find one that has leaked.
const KEY_PREFIX: &str = "reports_pat";

#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum Permission {
    #[permission(name = "reports:read")]
    ReportsRead,
    #[permission(name = "tokens:introspect")]
    TokensIntrospect,
}

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    #[role(includes(Member), grants(Permission::ReportsRead))]
    Clerk,
    /// Makes the API keys of other services, which ask whether a token still counts.
    #[role(includes(Clerk), grants(Permission::TokensIntrospect))]
    Operator,
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
    #[auth(role, default = Role::Member)]
    role: Role,
}

#[derive(Serialize)]
struct Report {
    title: &'static str,
}

#[protected(Permission::ReportsRead, keys)] // people, and scripts with an API key of theirs
async fn reports() -> Json<[Report; 1]> {
    Json([Report { title: "Sales of November" }])
}

fn routes(auth: &Auth<User>) -> Routes<Auth<User>> {
    Routes::new().route("/reports", get(reports)).nest("/auth", auth.routes()).merge(auth.well_known())
}

fn port() -> String {
    std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned())
}

/// The address at which others reach this service: the issuer of its tokens.
fn base_url() -> String {
    std::env::var("BASE_URL").unwrap_or_else(|_| format!("http://localhost:{}", port()))
}

async fn builder() -> auth::Result<AuthBuilder<User>> {
    let database = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:issuer.db?mode=rwc".to_owned());
    let pool = sqlx::SqlitePool::connect(&database).await?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    let builder = Auth::builder(pool)
        .secret(Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?)
        .issuer(base_url())
        .audience(AUDIENCE)
        .managed_keys(ManagedKeys::es256())
        .api_keys(KEY_PREFIX)
        .introspection(rule!(Permission::TokensIntrospect, keys))
        .introspection_url(format!("{}/auth/introspect", base_url()));
    Ok(builder)
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    if let Some(code) = auth::cli::run(builder, routes).await {
        return Ok(code);
    }
    let auth = builder().await?.build().await?;
    let routes = routes(&auth);
    println!("{}\n\nServing {}", routes.table(), base_url());
    auth::serve(format!("127.0.0.1:{}", port()), routes.into_router().with_state(auth)).await?;
    Ok(ExitCode::SUCCESS)
}
