//! `POST /reauthenticate`.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::{Shown, TokenDelivery, in_body, in_cookies};
use crate::auth::Auth;
use crate::base::error::{AuthError, FieldError};
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::claims::Claims;
use crate::model::user::AuthUser;
use crate::policy::{Policy, SignedIn};
use crate::sign_in::{FreshToken, SignIn};

impl<U: AuthUser> Endpoint<U> {
    pub(super) const REAUTHENTICATE: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/reauthenticate",
            summary: "Reauthenticate with the password, for actions that require a recent login",
            body: RequestBody::Password,
            success: Success { status: 200, description: "A new access token", content: SuccessContent::AccessToken },
            limited: true,
            any_factors: true,
            keys_only: false,
            failures: &[(
                401,
                "Not signed in: `not_signed_in`, `invalid_token`. Another step is needed: `factor_required`, with `sign_in` \
                 and `methods`. More than a password is needed: `step_up_required`",
            )],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(reauthenticate(call)),
    };
}

async fn reauthenticate<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let channel = call.callers_channel()?;
    let mut fields = call.fields().await?;
    let password = fields.take::<String>("password");
    let password = fields.finish(password)?;
    let claims = call.claims()?;
    let (user, session) = (U::subject(claims), *claims.registered().sid);
    let outcome = call.auth.reauthenticate(user, session, &password, &call.client()).await;
    let outcome = match outcome {
        Ok(SignIn::Pending(pending)) => return Ok(call.step_response(pending, channel)),
        outcome => outcome.and_then(SignIn::freshened),
    };
    match outcome {
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
        self.fresh_token_and(token, channel, Shown::default())
    }

    /// The same, with what else is shown in the body.
    pub(super) fn fresh_token_and(
        &self,
        token: &FreshToken,
        channel: TokenDelivery,
        with: Shown<'_>,
    ) -> Result<Response, AuthError> {
        match channel {
            TokenDelivery::Body => Ok(in_body(StatusCode::OK, &token.access_token, None, token.expires_in, with)),
            TokenDelivery::Cookies(_) => {
                let mut response = in_cookies(StatusCode::OK, token.expires_in, with);
                let access = (token.access_token.as_str(), token.expires_in);
                self.http().cookies.set_access(response.headers_mut(), access)?;
                Ok(response)
            }
        }
    }
}
