//! A blog: authors with drafts that nobody else sees, editors who look after what is published, admins; every rule one line above its
//! handler, the same rules in the document of the API, and a test that calls every route as everybody.

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

/// What handlers and checks can ask for.
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

/// The handlers' half of the document; who may call them is added from the rules.
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

/// Opens the database. `settings` finishes what the handle is built with: the secret, in a test the clock.
///
/// # Errors
/// If the database or the configuration is not in order.
pub async fn open(
    pool: SqlitePool,
    settings: impl FnOnce(AuthBuilder<User>) -> AuthBuilder<User>,
) -> auth::Result<Blog> {
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    let auth = settings(Auth::<User>::builder(pool.clone())).build().await?;
    Ok(Blog { auth, posts: Posts::new(pool) })
}

/// Who may call what.
pub fn routes(blog: &Blog) -> Routes<Blog> {
    Routes::new()
        .at("/posts", get(handlers::published))
        .at("/posts/{id}", get(handlers::read).put(handlers::edit).delete(handlers::delete))
        .at("/posts/{id}/withdraw", post(handlers::withdraw))
        .at("/drafts", get(handlers::drafts).post(handlers::write))
        .at("/drafts/{id}", get(handlers::draft).put(handlers::redraft))
        .at("/drafts/{id}/publish", post(handlers::publish))
        .at("/people/{id}/role", put(handlers::set_role))
        .nest("/auth", blog.auth.routes())
}

/// The routes, the document of the API, and a page to try it on. All of it comes from this program.
pub fn app(blog: Blog) -> Router {
    let routes = routes(&blog);
    let document = routes.openapi(Document::openapi());
    // Without this the page would ask a validator on the internet for a badge.
    let quiet = Config::default().validator_url("none");
    let page = SwaggerUi::new("/docs").url("/openapi.json", document).config(quiet);
    routes.into_router().merge(page).with_state(blog)
}
