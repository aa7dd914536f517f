//! A request stops: what the extractors, guards and routes of this crate answer then.
//!
//! What is hidden is answered like an unknown path: 404 without a body, or the application's page for `NotFound`. A
//! check that finds nothing (any 404 of its own) is answered the same under a `hidden` rule, or the two would tell what
//! exists. An anonymous caller still gets 401: otherwise clients could not know that a token would help.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::base::error::AuthError;
use crate::base::pending_sign_in::PendingSignIn;
use crate::http::error_page::Returned;
use crate::http::extract::test_probe;
use crate::http::problem::{log, problem};
use crate::http_settings::{AuthScheme, HandleCookie, HttpSettings};

/// An error turned into a response, as returned by the extractors and guards of this crate.
///
/// The body holds the code of the [`AuthError`]; `AuthBuilder::on_error` can change it, or replace it with another page.
///
/// It is an error that `?` takes into `anyhow::Error` and the like; its text is the status.
#[derive(Debug)]
pub struct Rejection {
    // Boxed, because a response is large and every handler's future would reserve space for one. Errors have to be
    // `Sync`, and the body of a response is not; the lock is never taken.
    response: Box<Mutex<Response>>,
    status: StatusCode,
}

/// The reason a request stops here: one of our errors, or a response that a check of the application gave.
pub struct Refused(Why);

enum Why {
    Error(AuthError),
    /// Answered like a path that does not exist.
    Hidden,
    Answered(Box<Response>),
}

impl Refused {
    pub(crate) fn answered(response: Response) -> Self {
        Self(Why::Answered(Box::new(response)))
    }

    /// A refusal by a rule that is `hidden`.
    pub(crate) fn hidden() -> Self {
        Self(Why::Hidden)
    }

    /// Hides the answer of a check, or of an extractor that one needs: every other answer than that of a refusal would
    /// tell somebody who is not let in what exists. Two stay: that the caller must sign in, which is asked of everybody,
    /// and a failure of ours, which decides nothing.
    pub(crate) fn hide(self) -> Self {
        match &self.0 {
            Why::Answered(response)
                if response.status() != StatusCode::UNAUTHORIZED && !response.status().is_server_error() =>
            {
                Self(Why::Hidden)
            }
            _ => self,
        }
    }

    /// Whether this is a response of one of our extractors, which has already notified the observers.
    pub(crate) fn is_reported(&self) -> bool {
        matches!(&self.0, Why::Answered(response) if response.extensions().get::<AlreadyReported>().is_some())
    }
}

/// The scope that the rule of a request asks for (RFC 6750 §3), of a service that is a resource for clients of others.
#[derive(Clone)]
pub(crate) struct RequiredScope(String);

impl RequiredScope {
    /// Notes it for the answer.
    pub(crate) fn put(scopes: Vec<&'static str>, parts: &mut Parts) {
        // What is no scope token (§3) would end the quoted text; names of permissions can be anything.
        let is_token = |scope: &&str| scope.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte));
        let scopes: Vec<&str> = scopes.into_iter().filter(is_token).collect();
        if !scopes.is_empty() {
            parts.extensions.insert(Self(scopes.join(" ")));
        }
    }
}

/// Marks a response as a refusal that the observers know about.
#[derive(Clone)]
struct AlreadyReported;

impl From<AuthError> for Refused {
    fn from(error: AuthError) -> Self {
        Self(Why::Error(error))
    }
}

impl Rejection {
    pub(crate) fn of(response: Response) -> Self {
        Self { status: response.status(), response: Box::new(Mutex::new(response)) }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.response.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request was answered with {}", self.status)
    }
}

impl std::error::Error for Rejection {}

impl HttpSettings {
    /// Builds the response to `error`.
    pub(crate) fn error_response(&self, error: &AuthError, parts: &Parts) -> Response {
        self.respond(error, self.kept_handle(error, parts), parts)
    }

    /// Returns the challenge of this service.
    pub(crate) fn challenge(&self, error: &AuthError) -> Option<HeaderValue> {
        let Some(resource) = &self.resource else { return error.challenge_header(&self.realm, &self.scheme, "") };
        let metadata = format!(", resource_metadata=\"{}\"", resource.url);
        error.challenge_header(&self.realm, &self.scheme, &metadata)
    }

    /// Returns the challenge to a request that a guard has refused. Clients of a resource learn what to ask for.
    fn challenge_to(&self, error: &AuthError, parts: &Parts) -> Option<HeaderValue> {
        let scope = parts.extensions.get::<RequiredScope>();
        let asks = matches!(error, AuthError::NotSignedIn | AuthError::InvalidToken | AuthError::Forbidden);
        let (Some(resource), Some(RequiredScope(scope)), true) = (&self.resource, scope, asks) else {
            return self.challenge(error);
        };
        let more = format!(", scope=\"{scope}\", resource_metadata=\"{}\"", resource.url);
        error.challenge_header(&self.realm, &self.scheme, &more)
    }

    /// Builds the response to a sign-in that needs another step. Its handle goes where its tokens will go.
    pub(crate) fn step_response(&self, pending: Box<PendingSignIn>, in_cookies: bool, parts: &Parts) -> Response {
        let kept = in_cookies.then(|| PendingSignIn::clone(&pending));
        self.respond(&AuthError::FactorRequired(pending), kept.as_ref(), parts)
    }

    fn respond(&self, error: &AuthError, kept: Option<&PendingSignIn>, parts: &Parts) -> Response {
        log(error);
        let mut response = self.page(error, parts, problem(error, self.challenge_to(error, parts), kept.is_some()));
        if let Some(pending) = kept {
            let handle = (pending.sign_in.as_str(), pending.expires_in);
            if let Err(error) = self.cookies.set_handle(HandleCookie::SignIn, response.headers_mut(), handle) {
                return self.error_response(&error, parts);
            }
        }
        if matches!(error, AuthError::InvalidToken) && matches!(self.scheme.token(&parts.headers), Ok(None)) {
            // The token came in a cookie.
            self.cookies.clear_refused(parts, response.headers_mut());
        }
        test_probe::mark_refusal(error, parts, &mut response);
        response
    }

    /// Returns the sign-in that needs another step and whose handle goes into a cookie: the client wants its tokens in
    /// cookies.
    fn kept_handle<'a>(&self, error: &'a AuthError, parts: &Parts) -> Option<&'a PendingSignIn> {
        match error {
            AuthError::FactorRequired(pending) if matches!(self.cookies.wanted(parts), Ok(Some(_))) => Some(pending),
            _ => None,
        }
    }

    /// Builds the response to a refusal that is hidden: the application's page for what does not exist, or else what
    /// axum answers for an unknown path.
    fn answer_hidden(&self, parts: &Parts) -> Response {
        let error = AuthError::NotFound;
        let mut response = self.page(&error, parts, StatusCode::NOT_FOUND.into_response());
        test_probe::mark_refusal(&error, parts, &mut response);
        response
    }

    /// Builds the response to a refusal.
    pub(crate) fn refusal_response(&self, refused: Refused, parts: &Parts) -> Response {
        match refused.0 {
            Why::Error(error) => self.error_response(&error, parts),
            Why::Hidden => self.answer_hidden(parts),
            // A check may answer with an error of ours, like a handler.
            Why::Answered(response) => self.complete(*response, Some(parts)),
        }
    }

    /// Builds the response of an extractor. By then, refusals with status 401, 403 or 404 and answers of checks have
    /// been reported to the observers, and the response is marked accordingly; failures on our side have not.
    pub(crate) fn reject(&self, refused: Refused, parts: &Parts) -> Rejection {
        let told = match &refused.0 {
            Why::Error(error) => matches!(error.status().as_u16(), 401 | 403 | 404),
            Why::Hidden | Why::Answered(_) => true,
        };
        let mut response = self.refusal_response(refused, parts);
        if told {
            response.extensions_mut().insert(AlreadyReported);
        }
        Rejection::of(response)
    }
}

/// Lets your own handlers and checks call methods of `Auth` with `?`. For handlers in
/// [`Routes`](crate::routing::Routes), and for every check, the page of [`on_error`](crate::AuthBuilder::on_error)
/// answers.
impl IntoResponse for AuthError {
    fn into_response(self) -> Response {
        log(&self);
        let challenge = self.challenge_header("auth", &AuthScheme::default(), "");
        let mut response = problem(&self, challenge, false);
        response.extensions_mut().insert(Returned::of(self));
        response
    }
}
