//! The pages: plain files, compiled in. What is personal in them comes from `/auth/me` and `/auth/sessions`.

use auth::routing::{Routes, get};
use auth::{Auth, protected, public};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse};

use crate::User;

/// Scripts, styles and requests from here only, and nobody may frame us: stolen clicks and injected scripts are what is
/// left to attack once tokens are out of reach.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

fn page(html: &'static str) -> impl IntoResponse {
    // Not from a cache: after signing out, "back" must not show the page again.
    ([(CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-store")], Html(html))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (CACHE_CONTROL, "no-cache")], text)
}

#[public(reason = "the login form")]
async fn sign_in() -> impl IntoResponse {
    page(include_str!("pages/sign_in.html"))
}

#[protected]
async fn account() -> impl IntoResponse {
    page(include_str!("pages/account.html"))
}

#[public]
async fn script() -> impl IntoResponse {
    asset("text/javascript; charset=utf-8", include_str!("pages/app.js"))
}

#[public]
async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("pages/style.css"))
}

pub(crate) fn routes() -> Routes<Auth<User>> {
    Routes::new()
        .at("/", get(sign_in))
        .at("/account", get(account))
        .at("/app.js", get(script))
        .at("/style.css", get(style))
}
