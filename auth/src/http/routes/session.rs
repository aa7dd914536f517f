//! `POST /refresh`, `/logout`, `/logout-all`.
//!
//! Logout succeeds as far as it can (RFC 7009 §2.2): what is no valid token is ignored, all sessions are tried before
//! the first failure is answered, and cookies are cleared. The routes that act *as* somebody (`/logout-all` among them)
//! are guarded, and there a bad bearer token stays a 401, as on any guarded route: whoever sends two identities has to
//! say which one acts. `/refresh` tries the cookie if the token in the body is not valid.

use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::response::TokenDelivery;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::http::transport::presented;
use crate::model::user::AuthUser;
use crate::policy::{Access, Policy, SignedIn};

impl<U: AuthUser> Endpoint<U> {
    pub(super) const REFRESH: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/refresh",
            summary: "Exchange the refresh token, in the body or in a cookie, for new tokens",
            body: RequestBody::RefreshToken,
            success: Success { status: 200, description: "New tokens", content: SuccessContent::Tokens },
            limited: true,
            failures: &[(401, "Unknown, expired, revoked or already used refresh token: `invalid_refresh_token`")],
        },
        access: &Access::Public { reason: Some("requires a refresh token") },
        handler: |call| Box::pin(refresh(call)),
    };

    pub(super) const LOGOUT: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/logout",
            summary: "End the sessions of the bearer token, the refresh token and the cookies of this request",
            body: RequestBody::OptionalRefreshToken,
            success: Success { status: 204, description: "Signed out", content: SuccessContent::ClearedCookies },
            limited: true,
            failures: &[],
        },
        access: &Access::Public { reason: Some("ends only sessions whose token it receives") },
        handler: |call| Box::pin(logout(call)),
    };

    pub(super) const LOGOUT_ALL: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::POST,
            path: "/logout-all",
            summary: "End every session of the user",
            body: RequestBody::None,
            success: Success { status: 204, description: "Signed out", content: SuccessContent::ClearedCookies },
            limited: false,
            failures: &[],
        },
        access: SignedIn::ACCESS,
        handler: |call| Box::pin(logout_all(call)),
    };
}

/// Exchanges the refresh token in the body, or else that of the cookie. A token in the body that is not valid (a script
/// sent `undefined`) does not keep a good cookie from being used.
async fn refresh<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let wanted = call.channel()?;
    let client = call.client();
    let in_body = match token_in_body(call).await? {
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
    Ok(call.auth.tokens_response(StatusCode::OK, &tokens, TokenDelivery::Cookies)?)
}

/// Ends every session that the request presents: that of its bearer token (even an expired one), of the refresh token
/// in its body, and of its cookies. What is no valid token ends nothing and spoils nothing, because the client could do
/// nothing about it (RFC 7009 §2.2). Ending none is a success, too: the client wanted to be signed out, and is.
///
/// Cookies count only if the request comes from our own pages. If it does not, the answer says so, after the sessions
/// of the other tokens were ended.
async fn logout<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    // Read the whole request before acting on any of it: a 400 must not follow a completed logout.
    let in_body = token_in_body(call).await?;
    let presented = presented(&call.parts, &call.auth.http().cookies, in_body.as_deref());
    let ended = call.auth.logout_presented(&presented.tokens, &client).await;
    let ours = if presented.cross_site { Err(AuthError::CrossSite) } else { Ok(()) };
    ended.and(call.report_cross_site(ours))?;
    Ok(call.auth.logout_response(&call.parts))
}

async fn logout_all<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let caller = call.caller()?;
    call.auth.logout_all(U::subject(caller.claims()), &call.client()).await?;
    Ok(call.auth.logout_response(&call.parts))
}

async fn token_in_body<U: AuthUser>(call: &mut Call<U>) -> Result<Option<String>, AuthError> {
    let Some(mut fields) = call.fields_if_any().await? else { return Ok(None) };
    let token = fields.take::<Option<String>>("refresh_token");
    fields.finish(token)
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
