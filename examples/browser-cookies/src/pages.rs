//! The pages, written by the server: they say who is signed in without a script, however long they were left open. The
//! list of sessions comes from `/auth/sessions`.

use auth::routing::{Routes, get};
use auth::{Auth, protected, public};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};

use crate::User;

/// Allows scripts, styles and requests from this origin only, and no framing: once tokens are out of reach, injected
/// scripts and clickjacking are the attacks that remain.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// Fills in the page: each `{{name}}` becomes the text, which is escaped.
fn page(html: &str, texts: &[(&str, &str)]) -> Response {
    let fill = |html: String, (name, text): &(&str, &str)| html.replace(&format!("{{{{{name}}}}}"), &escaped(text));
    let html = texts.iter().fold(html.to_owned(), fill);
    // Not cached: after signing out, the back button must not show the page again.
    ([(CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (CACHE_CONTROL, "no-cache")], text)
}

#[public(reason = "the login form")]
async fn home(user: Option<User>) -> Response {
    front(user.as_ref(), "")
}

/// The login form, with what was wrong with the last try.
pub(crate) fn front(user: Option<&User>, error: &str) -> Response {
    let html = include_str!("pages/sign_in.html");
    let Some(user) = user else { return page(html, &[("signed-in", ""), ("error", error)]) };
    let html = html.replace("{{signed-in}}", include_str!("pages/signed_in.html"));
    page(&html, &[("name", &user.display_name), ("error", error)])
}

#[protected]
async fn account(user: User) -> Response {
    page(include_str!("pages/account.html"), &[("name", &user.display_name), ("email", &user.email)])
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
        .route("/", get(home))
        .route("/account", get(account))
        .route("/app.js", get(script))
        .route("/style.css", get(style))
}
