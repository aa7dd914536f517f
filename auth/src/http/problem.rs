//! Errors on the wire: problem documents (RFC 9457) with a stable `code`, and the headers of RFC 6750.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::base::clock::whole_seconds;
use crate::base::error::{AuthError, FieldError};
use crate::base::pending_sign_in::PendingSignIn;
use crate::base::step_up::StepUp;
use crate::http_settings::AuthScheme;

impl AuthError {
    /// Returns the status of the response.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn
            | Self::InvalidToken
            | Self::InvalidCredentials
            | Self::InvalidRefreshToken
            | Self::InvalidCode { .. }
            | Self::InvalidPasskey
            | Self::UnknownPasskey
            | Self::SignInExpired
            | Self::FactorRequired(_)
            | Self::OtherBrowser
            | Self::StepUpRequired(_) => StatusCode::UNAUTHORIZED,
            Self::InactiveUser
            | Self::NotYetActive
            | Self::Forbidden
            | Self::KeyNotAccepted
            | Self::KeyRequired
            | Self::CrossSite
            | Self::Denied { .. } => StatusCode::FORBIDDEN,
            Self::InvalidLink | Self::InvalidRequest(_) | Self::MalformedBody(_) => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::HeaderTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::InvalidFields(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Taken { .. }
            | Self::PasskeyRegistered
            | Self::LastFactor
            | Self::KeyReplaced
            | Self::StillReferenced(_)
            | Self::RefusedByTable(_) => StatusCode::CONFLICT,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy { .. } | Self::Unavailable(_) | Self::AccountCreated(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the stable code for programs; the text next to it may change.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotSignedIn => "not_signed_in",
            Self::InvalidToken => "invalid_token",
            Self::InvalidCredentials => "invalid_credentials",
            Self::InvalidRefreshToken => "invalid_refresh_token",
            Self::InvalidLink => "invalid_link",
            Self::InvalidCode { .. } => "invalid_code",
            Self::InvalidPasskey => "invalid_passkey",
            Self::UnknownPasskey => "unknown_passkey",
            Self::PasskeyRegistered => "passkey_registered",
            Self::LastFactor => "last_factor",
            Self::KeyReplaced => "key_replaced",
            Self::SignInExpired => "sign_in_expired",
            Self::FactorRequired(_) => "factor_required",
            Self::OtherBrowser => "other_browser",
            Self::InactiveUser | Self::NotYetActive => "inactive_user",
            Self::Forbidden => "forbidden",
            Self::KeyNotAccepted => "key_not_accepted",
            Self::KeyRequired => "key_required",
            Self::StepUpRequired(_) => "step_up_required",
            Self::CrossSite => "cross_site",
            Self::Denied { code, .. } => code,
            Self::InvalidRequest(_) => "invalid_request",
            Self::MalformedBody(_) => "malformed_body",
            Self::BodyTooLarge(_) => "body_too_large",
            Self::RequestTimeout => "request_timeout",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::HeaderTooLarge => "header_too_large",
            Self::InvalidFields(_) => "invalid_fields",
            Self::Taken { .. } => "taken",
            Self::NotFound => "not_found",
            Self::StillReferenced(_) => "still_referenced",
            Self::RefusedByTable(_) => "refused_by_table",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::Busy { .. } => "busy",
            Self::Unavailable(_) => "unavailable",
            Self::AccountCreated(_) => "account_created",
            Self::Internal(_) => "internal",
        }
    }

    /// The challenge has no `error` if no token was sent (RFC 6750 §3.1).
    fn challenge(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotSignedIn
            | Self::InvalidCredentials
            | Self::InvalidRefreshToken
            | Self::InvalidCode { .. }
            | Self::InvalidPasskey
            | Self::UnknownPasskey
            | Self::SignInExpired
            | Self::OtherBrowser => Some("".into()),
            Self::FactorRequired(_) => Some(", error=\"insufficient_user_authentication\"".into()),
            Self::InvalidToken => Some(", error=\"invalid_token\"".into()),
            Self::Forbidden => Some(", error=\"insufficient_scope\"".into()),
            // RFC 9470 §3
            Self::StepUpRequired(step_up) => {
                let age = step_up.max_age.map(|age| format!(", max_age=\"{}\"", age.as_secs())).unwrap_or_default();
                let class = step_up.acr_values();
                let factors = class.map(|class| format!(", acr_values=\"{class}\"")).unwrap_or_default();
                Some(format!(", error=\"insufficient_user_authentication\"{age}{factors}").into())
            }
            _ => None,
        }
    }

    /// Returns the value of `WWW-Authenticate`, if it is a challenge. `more` are further parameters of it.
    pub(super) fn challenge_header(&self, realm: &str, scheme: &AuthScheme, more: &str) -> Option<HeaderValue> {
        let error = self.challenge()?;
        // Drops characters that a quoted string cannot hold but an audience can; with them, the whole header would be
        // missing.
        let fits = |c: &char| (c.is_ascii_graphic() || *c == ' ') && !matches!(c, '"' | '\\');
        let realm: String = realm.chars().filter(fits).collect();
        HeaderValue::from_str(&format!("{} realm=\"{realm}\"{error}{more}", scheme.name())).ok()
    }

    /// Returns how long to wait before trying again, if that may help: what `Retry-After` says, in whole seconds.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } | Self::TooManyRequests { retry_after } => Some(*retry_after),
            Self::Unavailable(_) | Self::AccountCreated(_) => Some(RETRY_SOON),
            _ => None,
        }
    }
}

/// A sign-in that needs another step.
#[derive(Serialize)]
struct Pending<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in: Option<&'a str>,
    needs: &'static str,
    methods: Vec<Method>,
    expires_in: u64,
}

#[derive(Serialize)]
struct Method {
    method: &'static str,
}

impl<'a> Pending<'a> {
    fn of(pending: &'a PendingSignIn, in_cookie: bool) -> Self {
        Self {
            sign_in: (!in_cookie).then_some(&pending.sign_in),
            needs: pending.needs.name(),
            methods: pending.methods.iter().map(|method| Method { method: method.name() }).collect(),
            expires_in: whole_seconds(pending.expires_in),
        }
    }
}

/// The problem document, with its fields in reading order.
#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// The maximum age of the login, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age: Option<u64>,
    /// The required class of login.
    #[serde(skip_serializing_if = "Option::is_none")]
    acr_values: Option<&'static str>,
    /// How many more codes may be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    tries_left: Option<u8>,
    /// What a sign-in needs that has begun, and how to go on.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pending: Option<Pending<'a>>,
}

/// Builds a problem document with this challenge; `in_cookie` says that the handle of a sign-in is.
pub(super) fn problem(error: &AuthError, challenge: Option<HeaderValue>, in_cookie: bool) -> Response {
    let status = error.status();
    let step_up = if let AuthError::StepUpRequired(step_up) = error { *step_up } else { StepUp::default() };
    let document = Problem {
        kind: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        code: error.code(),
        detail: error.detail(),
        errors: if let AuthError::InvalidFields(errors) = error { errors } else { &[] },
        max_age: step_up.max_age.map(|age| age.as_secs()),
        acr_values: step_up.acr_values(),
        tries_left: if let AuthError::InvalidCode { tries_left } = error { Some(*tries_left) } else { None },
        pending: if let AuthError::FactorRequired(pending) = error {
            Some(Pending::of(pending, in_cookie))
        } else {
            None
        },
    };
    let mut response = (status, Json(document)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(challenge) = challenge {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if let Some(after) = error.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(after).max(1)));
    }
    response
}

/// Logs for the operator what the client must not learn.
pub(super) fn log(error: &AuthError) {
    if let AuthError::Unavailable(source) | AuthError::Internal(source) | AuthError::AccountCreated(source) = error {
        let mut causes = vec![source.to_string()];
        let mut next = source.source();
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        tracing::error!(target: "auth::store", code = error.code(), causes = ?causes,
            "internal failure: the client got a server error, and can only try again; `causes` says what to repair");
    }
}

/// How long clients should wait after a failure of ours.
const RETRY_SOON: Duration = Duration::from_secs(2);
