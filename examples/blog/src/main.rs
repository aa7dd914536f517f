//! Starts the blog on an SQLite file; nothing to configure.

use auth::Secret;
use auth::random::{OsRandom, Random};
use blog::people::{Role, UserRegistration};
use blog::{Blog, app, open, routes};
use sqlx::SqlitePool;

/// Creates the first admin. The password is random and printed once.
async fn first_admin(blog: &Blog, port: &str) -> auth::Result<()> {
    let users = blog.auth.accounts();
    if users.find(&1).await?.is_some() {
        println!("The first admin was made before; for another password, begin with a database of another name.");
        return Ok(());
    }
    let mut bytes = [0; 16];
    OsRandom.fill(&mut bytes)?;
    let password = format!("{:032x}", u128::from_be_bytes(bytes));
    let registration = UserRegistration { email: "admin@example.org".to_owned(), pen_name: "The admin".to_owned() };
    let admin = users.create(registration, &password).await?;
    users.set_role(&admin.id, Role::Admin).await?;
    println!("{}", include_str!("try_it.txt").replace("3000", port).replace("PASSWORD", &password));
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:blog.db?mode=rwc".to_owned());
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());

    let secret = Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?;
    let blog = open(SqlitePool::connect(&database).await?, |builder| builder.secret(secret)).await?;

    println!("{}\n\nServing http://127.0.0.1:{port}, try it on http://127.0.0.1:{port}/docs\n", routes(&blog).table());
    first_admin(&blog, &port).await?;
    auth::serve(format!("127.0.0.1:{port}"), app(blog)).await?;
    Ok(())
}
