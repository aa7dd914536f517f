//! How tokens are answered: in the body, or in cookies. For our routes, and for handlers of the application's own.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Serialize;

use super::call::{nothing, private_json};
use crate::auth::{Auth, Tokens};
use crate::error::AuthError;
use crate::user::AuthUser;

/// RFC 6749 §5.1.
#[derive(Serialize)]
struct InBody<'a> {
    access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
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
pub enum Channel {
    /// `{access_token, refresh_token, token_type, expires_in}`
    Body,
    /// `__Host-` cookies; the body says only how long they live.
    Cookies,
}

/// Tokens in the body of an answer.
pub(super) fn in_body(
    status: StatusCode,
    access_token: &str,
    refresh_token: Option<&str>,
    expires_in: Duration,
) -> Response {
    private_json(
        status,
        &InBody { access_token, refresh_token, token_type: "Bearer", expires_in: expires_in.as_secs() },
    )
}

/// The body of an answer whose tokens are in cookies.
pub(super) fn in_cookies(status: StatusCode, expires_in: Duration) -> Response {
    private_json(status, &InCookies { token_type: "Cookie", expires_in: expires_in.as_secs() })
}

impl<U: AuthUser> Auth<U> {
    /// Where the client of this request wants its tokens (`?cookies=true`, or as the settings force it). For handlers of
    /// your own that sign somebody in: ask before you do anything, because a refusal must change nothing.
    ///
    /// # Errors
    /// [`AuthError::CrossSite`] if cookies are asked for from a page that is not ours, [`AuthError::InvalidRequest`] if
    /// they cannot be had.
    pub fn channel(&self, parts: &Parts) -> Result<Channel, AuthError> {
        let wanted = self.inner().cookies.wanted(parts)?;
        Ok(if wanted { Channel::Cookies } else { Channel::Body })
    }

    /// The answer our own routes give: `tokens`, by that channel, never from a cache.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if the access token does not fit into a cookie.
    pub fn answer_tokens(&self, status: StatusCode, tokens: &Tokens, channel: Channel) -> Result<Response, AuthError> {
        match channel {
            Channel::Body => Ok(in_body(status, &tokens.access_token, Some(&tokens.refresh_token), tokens.expires_in)),
            Channel::Cookies => {
                let mut response = in_cookies(status, tokens.expires_in);
                let access = (tokens.access_token.as_str(), tokens.expires_in);
                let refresh = (tokens.refresh_token.as_str(), tokens.session_expires_in);
                self.inner().cookies.set(response.headers_mut(), access, refresh)?;
                Ok(response)
            }
        }
    }

    /// 204, with our cookies taken back if the client has any. Ending the session is another step: `logout`,
    /// `end_session`.
    #[must_use]
    pub fn answer_signed_out(&self, parts: &Parts) -> Response {
        let mut response = nothing();
        if parts.headers.contains_key(axum::http::header::COOKIE) {
            self.inner().cookies.clear(response.headers_mut());
        }
        response
    }

    /// What our own routes and guards answer to `error`: the page of `on_error`, or a problem document. A cookie that
    /// holds a dead access token is taken back, so that the next page is not refused for it; the refresh cookie stays.
    #[must_use]
    pub fn answer_error(&self, error: &AuthError, parts: &Parts) -> Response {
        self.inner().answer_error(error, parts)
    }
}
