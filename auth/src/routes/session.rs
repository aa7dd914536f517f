//! `POST /refresh`, `/logout`, `/logout-all`.
//!
//! Logout succeeds as far as it can (RFC 7009 §2.2): what is no valid token is ignored, all sessions are tried before
//! the first failure is answered, and cookies are cleared. The routes that act *as* somebody (`/logout-all` among them)
//! are guarded, and there a bad bearer token stays a 401, as on any guarded route: whoever sends two identities has to
//! say which one acts. `/refresh` tries the cookie if the token in the body is not valid.

use axum::http::StatusCode;
use axum::response::Response;

use super::call::Call;
use super::tokens::Channel;
use crate::error::AuthError;
use crate::rejection::Refused;
use crate::transport::bearer;
use crate::user::AuthUser;

/// Exchanges the refresh token in the body, or else that of the cookie. A token in the body that is not valid (a script
/// sent `undefined`) does not keep a good cookie from being used.
pub(super) async fn refresh<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let wanted = call.channel()?;
    let client = call.client();
    let in_body = match token_in_body(call).await? {
        Some(token) => match call.auth.refresh(&token, &client).await {
            Ok(tokens) => return Ok(call.auth.answer_tokens(StatusCode::OK, &tokens, wanted)?),
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
    Ok(call.auth.answer_tokens(StatusCode::OK, &tokens, Channel::Cookies)?)
}

/// Ends every session that the request presents: that of its bearer token (even an expired one), of the refresh token
/// in its body, and of its cookies. What is no valid token ends nothing and spoils nothing, because the client could do
/// nothing about it (RFC 7009 §2.2). Ending none is a success, too: the client wanted to be signed out, and is.
///
/// Cookies count only if the request comes from our own pages. If it does not, the answer says so, after the sessions
/// of the other tokens were ended.
pub(super) async fn logout<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    // Read the whole request before acting on any of it: a 400 must not follow a completed logout.
    let in_body = token_in_body(call).await?;
    // All of them before the first failure is answered: a session that cannot be ended must not keep another alive.
    let mut ended = Vec::new();
    if let Ok(Some(token)) = bearer::token(&call.parts.headers) {
        ended.push(call.auth.logout_access_token(token, &client).await);
    }
    if let Some(token) = in_body {
        ended.push(call.auth.logout(&token, &client).await);
    }
    let cookies = &call.auth.http().cookies;
    if cookies.any(&call.parts) {
        let ours = call.tell_cross_site(cookies.check_origin(&call.parts));
        if ours.is_ok() {
            if let Ok(Some(token)) = cookies.refresh_token(&call.parts) {
                ended.push(call.auth.logout(token, &client).await);
            }
            if let Ok(Some(token)) = cookies.access_token(&call.parts) {
                ended.push(call.auth.logout_access_token(token, &client).await);
            }
        }
        ended.push(ours);
    }
    ended.into_iter().collect::<Result<(), AuthError>>()?;
    Ok(call.auth.answer_signed_out(&call.parts))
}

pub(super) async fn logout_all<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let caller = call.caller()?;
    call.auth.logout_all(U::subject(caller.claims()), &call.client()).await?;
    Ok(call.auth.answer_signed_out(&call.parts))
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
    call.tell_cross_site(cookies.check_origin(&call.parts))?;
    Ok(Some(token.to_owned()))
}
