//! Sign-up, sign-in and sessions in a browser, with tokens in cookies that no script can read.

mod forms;
mod pages;
#[cfg(test)]
mod tests;

use auth::routing::Routes;
use auth::{Auth, AuthError, AuthUser, CookieSettings, PasswordHash, Secret};
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Redirect, Response};
use sqlx::SqlitePool;

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
    #[auth(register, claim)]
    display_name: String,
}

/// Redirects a browser that opens a page without being signed in to the login form. (If only its access cookie has
/// ended, the library has renewed that before, and nobody gets here.) Other refused clients (scripts, `curl`) get the
/// problem document, because they would take a redirect for a success.
fn to_the_login_form(error: &AuthError, request: &Parts, answer: Response) -> Response {
    let signed_out = matches!(error, AuthError::NotSignedIn | AuthError::InvalidToken);
    let page = request.method == Method::GET && accepts_html(request);
    if !(signed_out && page) {
        return answer;
    }
    // Where the browser wanted to go. These paths need no escaping; others would have to be percent-encoded.
    Redirect::to(&format!("/?next={}", request.uri.path())).into_response()
}

fn accepts_html(request: &Parts) -> bool {
    let accept = request.headers.get(ACCEPT).map(HeaderValue::to_str);
    accept.is_some_and(|accept| accept.is_ok_and(|accept| accept.contains("text/html")))
}

async fn open(pool: SqlitePool, secret: Secret) -> auth::Result<(Auth<User>, Routes<Auth<User>>)> {
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    // `always`: no response has a token in its body, so no script can read, log or lose one.
    // `insecure_for_localhost`: this program speaks plain HTTP. Behind HTTPS leave it out: the cookies are then
    // `Secure` and named `__Host-user-access` and `__Host-user-refresh`.
    let cookies = CookieSettings::new().always().insecure_for_localhost();
    let builder = Auth::<User>::builder(pool).secret(secret).from_env().cookies(cookies);
    let auth = builder.on_error(to_the_login_form).build().await?;
    let routes = pages::routes().merge(forms::routes()).nest("/auth", auth.routes());
    Ok((auth, routes))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:browser-cookies.db?mode=rwc".to_owned());
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());

    let secret = Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?;
    let (auth, routes) = open(SqlitePool::connect(&database).await?, secret).await?;

    println!("{}\n\n{}", routes.table(), include_str!("try_it.txt").replace("3000", &port));
    auth::serve(format!("127.0.0.1:{port}"), routes.into_router().with_state(auth)).await?;
    Ok(())
}
