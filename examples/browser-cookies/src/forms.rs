//! Signing in and out by plain forms, for browsers without scripts: a redirect, with the cookies that the library sets.

use auth::routing::{Routes, post};
use auth::{Auth, AuthError, ClientInfo, Credentials, protected, public};
use axum::Form;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::{User, UserClaims, pages};

#[derive(serde::Deserialize)]
struct SignIn {
    email: String,
    password: String,
}

#[public(reason = "requires a password")]
async fn sign_in(
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
    Form(fields): Form<SignIn>,
) -> Response {
    match enter(&auth, &client, &request, &fields).await {
        Ok(cookies) => to("/account", cookies),
        Err(AuthError::InvalidCredentials) => {
            (StatusCode::UNAUTHORIZED, pages::front(None, "The address or the password is wrong.")).into_response()
        }
        Err(error) => auth.error_response(&error, &request),
    }
}

async fn enter(
    auth: &Auth<User>,
    client: &ClientInfo,
    request: &Parts,
    fields: &SignIn,
) -> Result<Response, AuthError> {
    // First: a form on somebody else's page must not sign a visitor in.
    let delivery = auth.token_delivery(request)?;
    let (_, tokens) = auth.login(Credentials::new(&fields.email, &fields.password), client).await?.signed_in()?;
    auth.tokens_response(StatusCode::OK, &tokens, delivery)
}

#[protected]
async fn sign_out(
    claims: UserClaims,
    State(auth): State<Auth<User>>,
    client: ClientInfo,
    request: Parts,
) -> Result<Response, AuthError> {
    auth.end_session(&claims.sub, claims.sid, &client).await?;
    Ok(to("/", auth.logout_response(&request)))
}

/// Sends the browser to another page, with the cookies of `response`.
fn to(path: &'static str, response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::SEE_OTHER;
    parts.headers.insert(LOCATION, HeaderValue::from_static(path));
    (parts, ()).into_response()
}

pub(crate) fn routes() -> Routes<Auth<User>> {
    Routes::new().route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out))
}
