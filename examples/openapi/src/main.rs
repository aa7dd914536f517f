//! An `OpenAPI` document that says what the routes enforce, and a page to try them, both served by the program itself.

mod handlers;
#[cfg(test)]
mod tests;

use auth::routing::{Routes, get};
use auth::{Auth, Secret};
use axum::Router;
use sqlx::sqlite::SqlitePoolOptions;
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use handlers::{Doc, User};

/// Keeps users in memory, for as long as the one connection is open.
async fn open(secret: Secret) -> auth::Result<Auth<User>> {
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = pool.connect("sqlite::memory:").await?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    Auth::<User>::builder(pool).secret(secret).build().await
}

fn routes(auth: &Auth<User>) -> Routes<Auth<User>> {
    Routes::new()
        .route("/greeting", get(handlers::greeting).put(handlers::change_greeting))
        .route("/health", get(handlers::health))
        .nest("/auth", auth.routes())
}

/// The routes, `/openapi.json`, and the page that shows it. The document is public here. If yours should not be,
/// protect it in the proxy, or serve it in development only.
fn app(routes: Routes<Auth<User>>, auth: Auth<User>) -> Router {
    let document = routes.openapi(Doc::openapi());
    // Without this the page would load a badge from a validator on the internet.
    let quiet = Config::default().validator_url("none");
    let page = SwaggerUi::new("/docs").url("/openapi.json", document).config(quiet);
    routes.into_router().merge(page).with_state(auth)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let auth = open(Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?).await?;
    let routes = routes(&auth);

    println!("{}\n\nServing http://127.0.0.1:{port}/docs", routes.table());
    auth::serve(format!("127.0.0.1:{port}"), app(routes, auth)).await?;
    Ok(())
}
