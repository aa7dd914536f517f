//! The state by value: every request clones `App`, which increments a few reference counts.

use auth::Secret;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:custom-state.db?mode=rwc".to_owned());
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());

    let secret = Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?;
    let (app, _writer) = custom_state::open(&database, secret).await?;
    let routes = custom_state::routes(&app);

    println!("{}\n\n{}", routes.table(), include_str!("try_it.txt").replace("3000", &port));
    auth::serve(format!("127.0.0.1:{port}"), routes.into_router().with_state(app)).await?;
    Ok(())
}
