//! `POST /register`, `/login`, `/reauthenticate`, `/password/change`.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::{TokenDelivery, in_body, in_cookies, no_content};
use crate::auth::Auth;
use crate::base::error::{AuthError, FieldError};
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::http::transport::bearer;
use crate::model::body_fields::Fields;
use crate::model::claims::Claims;
use crate::model::client_info::ClientInfo;
use crate::model::event::LimitedAction;
use crate::model::user::{AuthUser, Registration};
use crate::policy::{Access, Policy, SignedIn};
use crate::session::Tokens;
use crate::sign_in::{Credentials, FreshToken};

impl<U: AuthUser> Endpoint<U> {
    pub(super) const OF_PASSWORDS: [Self; 4] =
        [Self::REGISTER, Self::LOGIN, Self::REAUTHENTICATE, Self::CHANGE_PASSWORD];

    const REGISTER: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/register",
            summary: "Create an account and sign in",
            body: RequestBody::Registration,
            success: Success {
                status: 201,
                description: "Account created, signed in",
                content: SuccessContent::Tokens,
            },
            limited: true,
            failures: &[
                (409, "Login already taken: `taken`"),
                (
                    403,
                    "Account created, awaiting activation: `inactive_user`. Or refused: `cross_site`, or a code of the \
                     application",
                ),
            ],
        },
        access: &Access::Public { reason: Some("sign-up") },
        handler: |call| Box::pin(register(call)),
    };

    const LOGIN: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/login",
            summary: "Sign in with a password",
            body: RequestBody::Login,
            success: Success { status: 200, description: "Signed in", content: SuccessContent::Tokens },
            limited: true,
            failures: &[
                (401, "Unknown login or wrong password: `invalid_credentials`"),
                (403, "Account inactive: `inactive_user`. Or refused: `cross_site`, or a code of the application"),
            ],
        },
        access: &Access::Public { reason: Some("requires a password") },
        handler: |call| Box::pin(login(call)),
    };

    const REAUTHENTICATE: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/reauthenticate",
            summary: "Reauthenticate with the password, for actions that require a recent login",
            body: RequestBody::Password,
            success: Success { status: 200, description: "A new access token", content: SuccessContent::AccessToken },
            limited: true,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(reauthenticate(call)),
    };

    const CHANGE_PASSWORD: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/password/change",
            summary: "Change the password and end all other sessions",
            body: RequestBody::PasswordChange,
            success: Success { status: 204, description: "Password changed", content: SuccessContent::None },
            limited: true,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(change(call)),
    };
}

async fn register<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (channel, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::Register, &client)?;
    let mut fields = call.fields().await?;
    // A password is not stored itself, so it may be any text.
    fields.refuse_nul("password");
    let registration = U::Registration::from_fields(&mut fields);
    let password = fields.take::<String>("password");
    let (registration, password) = fields.finish(registration.zip(password))?;
    let (user, tokens) = call.auth.register_begun(begun, registration, &password, &client).await?;
    let delivered = deliver(&call.auth, client, StatusCode::CREATED, (&user, &tokens), channel).await;
    Ok(delivered.map_err(AuthError::after_sign_up)?)
}

async fn login<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let (channel, client) = (call.channel()?, call.client());
    let begun = call.auth.begin_attempt(LimitedAction::Login, &client)?;
    let mut fields = call.fields().await?;
    let login = take_login::<U>(&mut fields);
    let password = fields.take::<String>("password");
    let ((column, login), password) = fields.finish(login.zip(password))?;
    let credentials = Credentials::new(&login, &password).field(column);
    let (user, tokens) = call.auth.login_begun(begun, credentials, &client).await?;
    Ok(deliver(&call.auth, client, StatusCode::OK, (&user, &tokens), channel).await?)
}

/// Answers through the channel of the request: a caller with cookies gets a cookie, and so does every caller if the
/// settings say that no token is ever in a body.
async fn reauthenticate<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let always = matches!(call.auth.http().cookies.names(), Some((_, _, true)));
    let channel = match bearer::token(&call.parts.headers)? {
        // Checked as at a login: no page of another site gets the browser a cookie.
        Some(_) if always => call.channel()?,
        Some(_) => TokenDelivery::Body,
        None => TokenDelivery::Cookies,
    };
    let mut fields = call.fields().await?;
    let password = fields.take::<String>("password");
    let password = fields.finish(password)?;
    let claims = call.caller()?.claims();
    let (user, session) = (U::subject(claims), *claims.registered().sid);
    match call.auth.reauthenticate(user, session, &password, &call.client()).await {
        Ok(token) => Ok(call.auth.fresh_token_response(&token, channel)?),
        // The caller is signed in, so this is about a field; a 401 would make clients try a refresh.
        Err(AuthError::InvalidCredentials) => {
            let wrong = FieldError::new("password", "wrong", "wrong password");
            Err(AuthError::InvalidFields(vec![wrong]).into())
        }
        Err(error) => Err(error.into()),
    }
}

impl<U: AuthUser> Auth<U> {
    /// Builds the response of our own route to a user who proved their identity again: a fresh access token, through
    /// the given channel. The refresh token stays the same.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if the access token does not fit into a cookie.
    pub fn fresh_token_response(&self, token: &FreshToken, channel: TokenDelivery) -> Result<Response, AuthError> {
        match channel {
            TokenDelivery::Body => Ok(in_body(StatusCode::OK, &token.access_token, None, token.expires_in)),
            TokenDelivery::Cookies => {
                let mut response = in_cookies(StatusCode::OK, token.expires_in);
                let access = (token.access_token.as_str(), token.expires_in);
                self.http().cookies.set_access(response.headers_mut(), access)?;
                Ok(response)
            }
        }
    }
}

/// Responds with fresh tokens. If the response cannot be built, nobody gets them, so the session is ended.
async fn deliver<U: AuthUser>(
    auth: &Auth<U>,
    client: ClientInfo,
    status: StatusCode,
    (user, tokens): (&U, &Tokens),
    channel: TokenDelivery,
) -> Result<Response, AuthError> {
    match auth.tokens_response(status, tokens, channel) {
        Ok(response) => Ok(response),
        Err(error) => {
            auth.end_undelivered(user.id(), tokens.session, &client).await?;
            Err(error)
        }
    }
}

/// Takes the one login field in the body. Two could belong to two users, and it would be unclear which one signs in.
fn take_login<U: AuthUser>(fields: &mut Fields) -> Option<(&'static str, String)> {
    let columns: Vec<&'static str> = U::SCHEMA.logins.iter().map(|login| login.column).collect();
    let named: Vec<&'static str> = columns.iter().copied().filter(|column| fields.has(column)).collect();
    let all = columns.join("`, `");
    fields.knows(&columns);
    match *named {
        [column] => Some((column, fields.take(column)?)),
        [] => {
            let first = columns.first().copied().unwrap_or("login");
            let one_of = if columns.len() > 1 { "one of " } else { "" };
            fields.refuse(first, "missing", format!("{one_of}`{all}` is required"));
            None
        }
        [_, second, ..] => {
            fields.refuse(second, "ambiguous", format!("send one of `{all}`, not several"));
            for column in named {
                drop(fields.take::<serde_json::Value>(column));
            }
            None
        }
    }
}

async fn change<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    // An account that was disabled directly in the table may not change anything.
    call.row().await?;
    let mut fields = call.fields().await?;
    let current = fields.take::<String>("current_password");
    let new = fields.take::<String>("new_password");
    let (current, new) = fields.finish(current.zip(new))?;
    let claims = call.caller()?.claims();
    let session = *claims.registered().sid;
    let changed = call.auth.change_password(U::subject(claims), Some(session), &current, &new, &call.client()).await;
    match changed {
        Ok(()) => Ok(no_content()),
        // The caller is signed in, so this is about a field; a 401 would make clients try a refresh.
        Err(AuthError::InvalidCredentials) => {
            let message = "wrong current password";
            Err(AuthError::InvalidFields(vec![FieldError::new("current_password", "wrong", message)]).into())
        }
        // A fault of the table, about which the caller can do nothing.
        Err(AuthError::RefusedByTable(cause)) => Err(AuthError::Internal(cause).into()),
        Err(error) => Err(error.into()),
    }
}
