//! A custom sign-up in place of the library's: it requires an invitation code, and sends a mail.

use std::sync::Arc;

use auth::{Auth, AuthError, ClientInfo, public};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};

use crate::{Mailer, Settings, User, UserRegistration};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUp {
    email: String,
    password: String,
    invitation: String,
}

#[derive(Serialize)]
struct Answer {
    id: i64,
    access_token: String,
    refresh_token: String,
}

/// `auth.register` does what `POST /register` does: rules for logins and passwords, hash, hooks, session, events.
/// Its errors are responses, so `?` is all it takes.
#[public(reason = "sign-up, with an invitation")]
pub(crate) async fn sign_up(
    State(auth): State<Auth<User>>,
    State(settings): State<Arc<Settings>>,
    State(mailer): State<Mailer>,
    client: ClientInfo,
    Json(body): Json<SignUp>,
) -> Result<impl IntoResponse, AuthError> {
    if body.invitation != settings.invitation {
        return Err(AuthError::Denied { code: "not_invited", message: "this invitation is not valid".to_owned() });
    }
    let registration = UserRegistration { email: body.email };
    let (user, tokens) = auth.register(registration, &body.password, &client).await?.signed_in()?;
    mailer.send(&user.email, "welcome!");
    let (access_token, refresh_token) = (tokens.access_token, tokens.refresh_token);
    // Tokens must not be cached.
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(Answer { id: user.id, access_token, refresh_token })))
}
