//! The application: its settings, its routes, and the start.

mod account;
mod enrolment;
mod entry;
mod factors;
mod passkeys;
mod password;
mod sessions;

use std::process::ExitCode;

use auth::mail::{LinkStyle, MailDirectory, Smtp};
use auth::routing::Routes;
use auth::{Auth, AuthBuilder, AuthError, CookieSettings, PasskeySettings, Principal as _, Secret};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::User;
use crate::settings::Settings;

pub(crate) async fn run(settings: Settings) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let for_cli = settings.clone();
    let by_mail = settings.mail_sign_in;
    if let Some(code) = auth::cli::run(async || builder(&for_cli).await, |auth| routes(auth, by_mail)).await {
        return Ok(code); // `accounts auth user create …`
    }
    let auth = builder(&settings).await?.build().await?;
    let routes = routes(&auth, by_mail);
    let port = &settings.port;
    println!("{}\n\nhttp://localhost:{port}", routes.table());
    if settings.smtp_url.is_none() {
        println!("mail is written into {}: http://localhost:{port}/dev/mail", settings.mail_dir.display());
    }
    auth::serve(format!("127.0.0.1:{port}"), routes.into_router().with_state(auth)).await?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn builder(settings: &Settings) -> auth::Result<AuthBuilder<User>> {
    let pool = sqlx::SqlitePool::connect(&settings.database_url).await?;
    sqlx::raw_sql(include_str!("../schema.sql")).execute(&pool).await?;
    let builder = Auth::<User>::builder(pool).secret(Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?).from_env();
    let builder = builder
        // `insecure_for_localhost`: this program speaks plain HTTP. Leave it out behind HTTPS.
        .cookies(CookieSettings::new().insecure_for_localhost())
        .base_url(&settings.base_url)
        // The pages have no script that could read a fragment.
        .links(LinkStyle::Query)
        .mail_sign_in(settings.mail_sign_in)
        .totp("Accounts")
        .change_password_page("/password")
        .on_error(to_a_page);
    let builder = if settings.passkeys { builder.passkeys(passkeys()) } else { builder };
    Ok(match &settings.smtp_url {
        Some(url) => builder.mailer(Smtp::new(url, &settings.mail_from)),
        None => builder.mailer(MailDirectory::insecure_for_localhost(&settings.mail_dir)),
    })
}

/// Pages and origin come from the base URL.
pub(crate) fn passkeys() -> PasskeySettings {
    PasskeySettings::new("Accounts").enrolment_page("/passkeys").management_page("/passkeys")
}

pub(crate) fn routes(auth: &Auth<User>, by_mail: bool) -> Routes<Auth<User>> {
    let pages = entry::routes().merge(password::routes()).merge(account::routes()).merge(factors::routes());
    let pages = pages.merge(sessions::routes());
    let pages = if by_mail { pages.merge(entry::by_mail()) } else { pages };
    let pages = if auth.has_passkeys() { pages.merge(passkeys::routes()) } else { pages };
    let pages = if User::MFA.is_some() { pages.merge(enrolment::routes()) } else { pages };
    pages.nest("/auth", auth.routes()).merge(auth.well_known()).merge(auth.development_mailbox())
}

/// A browser that opens a page without being signed in is sent to the form, and one whose sign-in is too old for what it
/// asks, to the password. Whatever else asks gets the problem document.
pub(crate) fn to_a_page(error: &AuthError, request: &Parts, answer: Response) -> Response {
    let html = request.headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    match error {
        AuthError::NotSignedIn | AuthError::InvalidToken if html && request.method == Method::GET => {
            Redirect::to("/").into_response()
        }
        AuthError::StepUpRequired(_) if html => Redirect::to("/again").into_response(),
        _ => answer,
    }
}
