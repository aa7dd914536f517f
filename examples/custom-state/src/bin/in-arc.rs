//! The state in an `Arc`: `Arc<App>` is an `AuthState` because `App` is. Handlers take the whole state.

use std::sync::Arc;

use auth::routing::{Routes, get};
use auth::{Secret, protected};
use axum::extract::State;
use custom_state::{App, User};

#[protected]
async fn me(user: User, State(app): State<Arc<App>>) -> String {
    format!("hello {}, invited by \"{}\"\n", user.email, app.settings.invitation)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:custom-state.db?mode=rwc".to_owned());
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());

    let secret = Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?;
    let (app, _writer) = custom_state::open(&database, secret).await?;
    // The library's routes work with any state.
    let routes = Routes::<Arc<App>>::new().route("/me", get(me)).nest("/auth", app.auth.routes());

    println!("{}\n\nServing http://127.0.0.1:{port}", routes.table());
    auth::serve(format!("127.0.0.1:{port}"), routes.into_router().with_state(Arc::new(app))).await?;
    Ok(())
}
