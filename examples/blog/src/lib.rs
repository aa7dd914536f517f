//! A blog: authors with private drafts, editors who look after published posts, and admins. Each rule is one line above
//! its handler and appears in the `OpenAPI` document, and a test calls every route as every kind of user.

mod handlers;
pub mod people;
mod problem;
mod rules;
pub mod store;
#[cfg(test)]
mod tests;

use auth::routing::{Routes, get, post, put};
use auth::{Auth, AuthBuilder, AuthState};
use axum::Router;
use axum::extract::FromRef;
use sqlx::SqlitePool;
use utoipa::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use people::User;
use store::Posts;

/// The state that handlers and checks extract from.
#[derive(Clone, FromRef)]
pub struct Blog {
    /// Sign-up, login, sessions.
    pub auth: Auth<User>,
    /// The posts.
    pub posts: Posts,
}

impl AuthState for Blog {
    type User = User;
}

/// The part of the document that handlers describe. Who may call them is added from the rules.
#[derive(OpenApi)]
#[openapi(
    info(title = "A blog"),
    paths(
        handlers::published,
        handlers::read,
        handlers::drafts,
        handlers::write,
        handlers::draft,
        handlers::redraft,
        handlers::publish,
        handlers::edit,
        handlers::withdraw,
        handlers::delete,
        handlers::set_role
    )
)]
struct Document;

/// Opens the database. `settings` completes the builder: with the secret, and in tests with a clock.
///
/// # Errors
/// Fails if the database or the configuration is not in order.
pub async fn open(
    pool: SqlitePool,
    settings: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>,
) -> auth::Result<Blog> {
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    let auth = settings(Auth::<User>::builder(pool.clone())).build().await?;
    Ok(Blog { auth, posts: Posts::new(pool) })
}

/// The routes, and who may call them.
pub fn routes(blog: &Blog) -> Routes<Blog> {
    Routes::new()
        .route("/posts", get(handlers::published))
        .route("/posts/{id}", get(handlers::read).put(handlers::edit).delete(handlers::delete))
        .route("/posts/{id}/withdraw", post(handlers::withdraw))
        .route("/drafts", get(handlers::drafts).post(handlers::write))
        .route("/drafts/{id}", get(handlers::draft).put(handlers::redraft))
        .route("/drafts/{id}/publish", post(handlers::publish))
        .route("/people/{id}/role", put(handlers::set_role))
        .nest("/auth", blog.auth.routes())
}

/// The routes, the `OpenAPI` document, and a page to try it. This program serves all of it.
pub fn app(blog: Blog) -> Router {
    let routes = routes(&blog);
    let document = routes.openapi(Document::openapi());
    // Without this the page would load a badge from a validator on the internet.
    let quiet = Config::default().validator_url("none");
    let page = SwaggerUi::new("/docs").url("/openapi.json", document).config(quiet);
    routes.into_router().merge(page).with_state(blog)
}
