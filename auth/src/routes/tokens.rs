//! How tokens are answered: in the body, or in cookies.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::call::Call;
use crate::auth::Tokens;
use crate::error::AuthError;
use crate::user::AuthUser;

/// RFC 6749 §5.1.
#[derive(Serialize)]
struct InBody<'a> {
    access_token: &'a str,
    refresh_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
}

/// The same without the tokens: a script that cannot read them cannot lose them (REF-18).
#[derive(Serialize)]
struct InCookies {
    token_type: &'static str,
    expires_in: u64,
}

/// Where the tokens of an answer go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channel {
    Body,
    Cookies,
}

/// Where the client wants its tokens. Asked before anything is done, because a refusal must change nothing.
pub(super) fn channel<U: AuthUser>(call: &Call<U>) -> Result<Channel, AuthError> {
    let wanted = call.tell_cross_site(call.auth.inner().cookies.wanted(&call.parts))?;
    Ok(if wanted { Channel::Cookies } else { Channel::Body })
}

pub(super) fn answer<U: AuthUser>(
    call: &Call<U>,
    status: StatusCode,
    tokens: &Tokens,
    channel: Channel,
) -> Result<Response, AuthError> {
    let expires_in = tokens.expires_in.as_secs();
    match channel {
        Channel::Body => Ok(call.json(
            status,
            &InBody {
                access_token: &tokens.access_token,
                refresh_token: &tokens.refresh_token,
                token_type: "Bearer",
                expires_in,
            },
        )),
        Channel::Cookies => {
            let mut response = call.json(status, &InCookies { token_type: "Cookie", expires_in });
            let access = (tokens.access_token.as_str(), tokens.expires_in);
            let refresh = (tokens.refresh_token.as_str(), tokens.session_expires_in);
            call.auth.inner().cookies.set(response.headers_mut(), access, refresh)?;
            Ok(response)
        }
    }
}
