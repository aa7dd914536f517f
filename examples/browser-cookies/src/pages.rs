//! The pages: static files, compiled in. They fetch personal data from `/auth/me` and `/auth/sessions`.

use auth::routing::{Routes, get};
use auth::{Auth, protected, public};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse};

use crate::User;

/// Allows scripts, styles and requests from this origin only, and no framing: once tokens are out of reach, injected
/// scripts and clickjacking are the attacks that remain.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

fn page(html: &'static str) -> impl IntoResponse {
    // Not cached: after signing out, the back button must not show the page again.
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
        .route("/", get(sign_in))
        .route("/account", get(account))
        .route("/app.js", get(script))
        .route("/style.css", get(style))
}
