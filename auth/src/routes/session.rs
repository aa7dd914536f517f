//! `POST /refresh`, `/logout`, `/logout-all`.

use axum::http::StatusCode;
use axum::response::Response;

use super::call::Call;
use super::tokens::Channel;
use crate::auth::Auth;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::event::Refusal;
use crate::extract::refused;
use crate::rejection::Refused;
use crate::token::session::Client;
use crate::transport::bearer;
use crate::user::AuthUser;

pub(super) async fn refresh<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let wanted = call.channel()?;
    let (token, channel) = match token_in_body(call).await? {
        Some(token) => (token, wanted),
        None => (token_in_cookie(call)?.ok_or(AuthError::InvalidRefreshToken)?, Channel::Cookies),
    };
    let tokens = call.auth.refresh(&token, &call.client()).await?;
    Ok(call.auth.answer_tokens(StatusCode::OK, &tokens, channel)?)
}

/// Ends every session that the request presents: that of its bearer token (even an expired one), of the refresh token
/// in its body, and of its cookies. Ending none is a success, too: the client wanted to be signed out, and is.
pub(super) async fn logout<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let client = call.client();
    // Read the whole request before acting on any of it: a 400 must not follow a completed logout.
    let in_body = token_in_body(call).await?;
    if let Some(token) = bearer::token(&call.parts.headers)? {
        let Some(claims) = call.auth.inner().tokens.verify_even_expired(token) else {
            refused(&call.parts, &call.auth, None, Refusal::InvalidToken);
            return Err(AuthError::InvalidToken.into());
        };
        end(&call.auth, &claims, &client).await?;
    }
    if let Some(token) = in_body {
        call.auth.logout(&token, &client).await?;
    }
    if let Some(token) = token_in_cookie(call)? {
        call.auth.logout(&token, &client).await?;
    }
    let cookies = &call.auth.inner().cookies;
    if let Some(token) = cookies.access_token(&call.parts)? {
        call.tell_cross_site(cookies.check_origin(&call.parts))?;
        if let Some(claims) = call.auth.inner().tokens.verify_even_expired(token) {
            end(&call.auth, &claims, &client).await?;
        }
    }
    Ok(call.auth.answer_signed_out(&call.parts))
}

pub(super) async fn logout_all<U: AuthUser>(call: &mut Call<U>) -> Result<Response, Refused> {
    let caller = call.caller()?;
    call.auth.logout_all(U::subject(caller.claims()), &call.client()).await?;
    Ok(call.auth.answer_signed_out(&call.parts))
}

async fn end<U: AuthUser>(auth: &Auth<U>, claims: &U::Claims, client: &Client) -> Result<(), AuthError> {
    // Even a token of last year ends its session, so without a limit its holder could make us write forever.
    auth.limit_logout(*claims.registered().sid, client)?;
    let owner = U::subject(claims).to_string();
    auth.end_session_of(*claims.registered().sid, &owner, client).await.map(drop)
}

async fn token_in_body<U: AuthUser>(call: &mut Call<U>) -> Result<Option<String>, AuthError> {
    let Some(mut fields) = call.fields_if_any().await? else { return Ok(None) };
    let token = fields.take::<Option<String>>("refresh_token");
    fields.finish(token)
}

/// Returns the refresh token in the cookie, if the request comes from our own pages.
fn token_in_cookie<U: AuthUser>(call: &Call<U>) -> Result<Option<String>, AuthError> {
    let cookies = &call.auth.inner().cookies;
    let Some(token) = cookies.refresh_token(&call.parts)? else { return Ok(None) };
    call.tell_cross_site(cookies.check_origin(&call.parts))?;
    Ok(Some(token.to_owned()))
}
