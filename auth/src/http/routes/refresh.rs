//! `POST /refresh`.
//!
//! It tries the cookie if the token in the body is not valid.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::TokenDelivery;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::http_settings::SameOrigin;
use crate::model::user::AuthUser;
use crate::policy::Access;

impl<U: AuthUser> Endpoint<U> {
    pub(super) const REFRESH: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/refresh",
            summary: "Exchange the refresh token, in the body or in a cookie, for new tokens",
            body: RequestBody::RefreshToken,
            success: Success { status: 200, description: "New tokens", content: SuccessContent::Tokens },
            limited: true,
            any_factors: false,
            keys_only: false,
            failures: &[(
                401,
                "Unknown, expired, revoked or already used refresh token: `invalid_refresh_token`. The user must sign in \
                 with a second factor by now: `step_up_required`",
            )],
        },
        access: &Access::Public { reason: Some("requires a refresh token") },
        handler: |call| Box::pin(refresh(call)),
    };
}

/// Exchanges the refresh token in the body, or else that of the cookie. A token in the body that is not valid (a script
/// sent `undefined`) does not keep a good cookie from being used.
async fn refresh<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let wanted = call.channel()?;
    let client = call.client();
    let in_body = match call.refresh_token_in_body().await? {
        Some(token) => match call.auth.refresh(&token, &client).await {
            Ok(tokens) => return Ok(call.auth.tokens_response(StatusCode::OK, &tokens, wanted)?),
            Err(AuthError::InvalidRefreshToken) => true,
            Err(error) => return Err(error.into()),
        },
        None => false,
    };
    let token = match token_in_cookie(call) {
        Ok(Some(token)) => token,
        // The token in the body is what the client meant.
        Err(error) if !in_body => return Err(error.into()),
        Ok(None) | Err(_) => return Err(AuthError::InvalidRefreshToken.into()),
    };
    let tokens = call.auth.refresh(&token, &client).await?;
    Ok(call.auth.tokens_response(StatusCode::OK, &tokens, TokenDelivery::Cookies(SameOrigin::checked()))?)
}

/// Returns the refresh token in the cookie, if the request comes from our own pages.
fn token_in_cookie<U: AuthUser>(call: &Call<U>) -> Result<Option<String>, AuthError> {
    let cookies = &call.auth.http().cookies;
    let found = cookies.refresh_token(&call.parts).map_err(|error| match error {
        AuthError::InvalidToken => AuthError::InvalidRefreshToken,
        error => error,
    });
    let Some(token) = found? else { return Ok(None) };
    call.report_cross_site(cookies.check_origin(&call.parts))?;
    Ok(Some(token.to_owned()))
}
