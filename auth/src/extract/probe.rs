//! The probe of `auth::testing`: a request that wants to know what is decided about it, and nothing else.
//!
//! It is a value in the request's extensions. Extensions never come over the network, the type is private to this crate,
//! and without the feature `testing` it does not exist: nobody but our own test kit can ask. Whatever is answered to a
//! probe carries a header that says what was decided, so that an error page of the application hides nothing.

use axum::http::request::Parts;
use axum::http::{Extensions, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::error::AuthError;
use crate::rejection::Refused;

/// What was decided: `passed`, `asks N` or `refused CODE`.
pub(crate) const VERDICT: HeaderName = HeaderName::from_static("x-auth-probe");

#[derive(Clone)]
struct Probe;

/// Makes the request that has these extensions a probe.
pub(crate) fn ask(extensions: &mut Extensions) {
    extensions.insert(Probe);
}

fn asked(parts: &Parts) -> bool {
    parts.extensions.get::<Probe>().is_some()
}

/// The answer in place of the handler: the caller may enter it.
pub(crate) fn passed(parts: &Parts) -> Option<Response> {
    asked(parts).then(|| verdict("passed"))
}

/// The answer in place of the check at `place`: it would have to be asked, and needs data that a probe has not got.
pub(super) fn undecided(place: usize, parts: &Parts) -> Option<Refused> {
    asked(parts).then(|| Refused::answered(verdict(&format!("asks {place}"))))
}

/// Writes beside a refusal which one it is.
pub(crate) fn tell(error: &AuthError, parts: &Parts, response: &mut Response) {
    if asked(parts) {
        mark(response, &format!("refused {}", error.code()));
    }
}

fn verdict(text: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    mark(&mut response, text);
    response
}

fn mark(response: &mut Response, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(VERDICT, value);
    }
}
