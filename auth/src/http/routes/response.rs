//! The responses of the built-in routes, never cached. Tokens are returned in the body or in cookies, also for the
//! application's own handlers.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::auth::Auth;
use crate::base::clock::whole_seconds;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::Needs;
use crate::http::transport::private;
use crate::http_settings::SameOrigin;
use crate::model::user::AuthUser;
use crate::session::Tokens;

/// The response of RFC 6749 §5.1.
#[derive(Serialize)]
struct InBody<'a> {
    access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    token_type: &'static str,
    expires_in: u64,
    #[serde(flatten)]
    with: Shown<'a>,
}

/// What else is shown this once.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Shown<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recovery_codes: Option<&'a [String]>,
    /// What a trusted device keeps. With cookies, it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_expires_in: Option<u64>,
}

impl<'a> Shown<'a> {
    pub(super) fn codes(codes: &'a [String]) -> Self {
        Self { recovery_codes: Some(codes), ..Self::default() }
    }

    fn with_device(self, device: Option<(&'a str, Duration)>) -> Self {
        let (device, expires_in) = device.unzip();
        Self { device, device_expires_in: expires_in.map(whole_seconds), ..self }
    }
}

/// The same without the tokens: a script that cannot read them cannot leak them (REF-18).
#[derive(Serialize)]
struct InCookies<'a> {
    token_type: &'static str,
    expires_in: u64,
    #[serde(flatten)]
    with: Shown<'a>,
}

/// Where a response puts its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenDelivery {
    /// `{access_token, refresh_token, token_type, expires_in}`
    Body,
    /// `__Host-` cookies; the body only says how long they live. Only for a page of the application's own.
    Cookies(SameOrigin),
}

/// Builds a response with the tokens in its body.
pub(super) fn in_body(
    status: StatusCode,
    access_token: &str,
    refresh_token: Option<&str>,
    expires_in: Duration,
    with: Shown<'_>,
) -> Response {
    let expires_in = whole_seconds(expires_in);
    private_json(status, &InBody { access_token, refresh_token, token_type: "Bearer", expires_in, with })
}

/// Builds the body of a response with the tokens in cookies.
pub(super) fn in_cookies(status: StatusCode, expires_in: Duration, with: Shown<'_>) -> Response {
    private_json(status, &InCookies { token_type: "Cookie", expires_in: whole_seconds(expires_in), with })
}

impl<U: AuthUser> Auth<U> {
    /// Returns where the client of this request wants its tokens (`?cookies=true`, or as the settings enforce). For
    /// your own handlers that sign users in: call it before doing anything, because a refusal must not have changed
    /// anything.
    ///
    /// # Errors
    /// [`AuthError::CrossSite`] if cookies are requested from a page of another site, [`AuthError::InvalidRequest`] if
    /// they are not available.
    pub fn token_delivery(&self, parts: &Parts) -> Result<TokenDelivery, AuthError> {
        let wanted = self.http().cookies.wanted(parts)?;
        Ok(wanted.map_or(TokenDelivery::Body, TokenDelivery::Cookies))
    }

    /// Checks that a page of this application caused the request: for forms of your own, whose answers set cookies
    /// whatever the request asks for. Call it before doing anything.
    ///
    /// ```
    /// # use auth::{Auth, AuthError, AuthUser, ClientInfo, Credentials, TokenDelivery};
    /// # use axum::http::{StatusCode, request::Parts};
    /// # use axum::response::Response;
    /// async fn sign_in<U: AuthUser>(
    ///     auth: &Auth<U>,
    ///     request: &Parts,
    ///     client: &ClientInfo,
    ///     credentials: Credentials<'_>,
    /// ) -> Result<Response, AuthError> {
    ///     let page = auth.same_origin(request)?;
    ///     let (_, tokens) = auth.login(credentials, client).await?.signed_in()?;
    ///     auth.tokens_response(StatusCode::OK, &tokens, TokenDelivery::Cookies(page))
    /// }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::CrossSite`] if not; [`AuthError::InvalidRequest`] if cookies are off, or cannot be used here.
    pub fn same_origin(&self, parts: &Parts) -> Result<SameOrigin, AuthError> {
        self.http().cookies.same_origin(parts)
    }

    /// Builds the response of our own routes: `tokens` through the given channel, never cached.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if the access token does not fit into a cookie.
    pub fn tokens_response(
        &self,
        status: StatusCode,
        tokens: &Tokens,
        channel: TokenDelivery,
    ) -> Result<Response, AuthError> {
        self.tokens_and(status, tokens, channel, Shown::default(), None)
    }

    /// The same, with what else is shown, and what a trusted device keeps: in the body, or in a cookie.
    pub(super) fn tokens_and(
        &self,
        status: StatusCode,
        tokens: &Tokens,
        channel: TokenDelivery,
        with: Shown<'_>,
        device: Option<(&str, Duration)>,
    ) -> Result<Response, AuthError> {
        match channel {
            TokenDelivery::Body => {
                let with = with.with_device(device);
                Ok(in_body(status, &tokens.access_token, Some(&tokens.refresh_token), tokens.expires_in, with))
            }
            TokenDelivery::Cookies(_) => {
                let mut response = in_cookies(status, tokens.expires_in, with);
                let access = (tokens.access_token.as_str(), tokens.expires_in);
                let refresh = (tokens.refresh_token.as_str(), tokens.session_expires_in);
                self.http().cookies.set(response.headers_mut(), access, refresh)?;
                if let Some(device) = device {
                    self.http().cookies.set_device(response.headers_mut(), device)?;
                }
                Ok(response)
            }
        }
    }

    /// Returns a 204 that removes our cookies if the client has any. It does not end the session: see `logout` and
    /// `end_session`.
    #[must_use]
    pub fn logout_response(&self, parts: &Parts) -> Response {
        let mut response = no_content();
        if parts.headers.contains_key(COOKIE) {
            self.http().cookies.clear(response.headers_mut());
        }
        response
    }

    /// Returns what our own routes and guards answer to `error`: the page of `on_error`, or a problem document. A
    /// cookie with an invalid access token is removed, so that it does not cause the next page to be refused; the
    /// refresh cookie stays.
    #[must_use]
    pub fn error_response(&self, error: &AuthError, parts: &Parts) -> Response {
        self.http().error_response(error, parts)
    }
}

/// A 204 that must not be cached.
pub(super) fn no_content() -> Response {
    private(StatusCode::NO_CONTENT.into_response())
}

/// A JSON response that must not be cached.
pub(super) fn private_json(status: StatusCode, value: &impl Serialize) -> Response {
    private((status, axum::Json(value)).into_response())
}

/// Makes an internal error of a row that the table refuses: the caller can do nothing about the table.
pub(super) fn hide_table(error: AuthError) -> AuthError {
    match error {
        AuthError::RefusedByTable(cause) => AuthError::Internal(cause),
        error => error,
    }
}

/// Something that waits until a mail was read.
#[derive(Serialize)]
struct Waiting<'a> {
    /// Without it, the browser keeps the handle, or needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    needs: Option<&'static str>,
    expires_in: u64,
}

/// Answers that something waits for a mail, if there was anybody to mail it to.
pub(super) fn waiting(sign_in: Option<&str>, needs: Option<Needs>, expires_in: Duration) -> Response {
    let body = Waiting { sign_in, needs: needs.map(Needs::name), expires_in: whole_seconds(expires_in) };
    private_json(StatusCode::ACCEPTED, &body)
}
