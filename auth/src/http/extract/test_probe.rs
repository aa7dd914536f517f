//! The probe of `auth::testing`: a request that only asks what would be decided about it.
//!
//! It is a value in the request's extensions. Extensions never come over the network, the type is private to this
//! crate, and without the feature `testing` it does not exist, so only our own test utilities can send one. Every
//! answer to a probe has a header with the decision, so that a custom error page cannot hide it.
//!
//! `assert_protection` marks its requests with it; `no_test_probe.rs` stands in without the feature. Where a caller would be
//! let in (`Guard::enter`, `http/routes/call.rs`), a probe is answered instead; a check that would have to run is reported
//! and not run; and a refusal carries its code in a header, because `on_error` may return any page. So routes that
//! delete data can be probed as any user. The expected answers come from the table's rules, those of layers first, and
//! from claims that the test kit makes itself, not from the guard. A layer around a service without a guard of its own
//! (`Require::last`) answers probes, too.

use axum::http::request::Parts;
use axum::http::{Extensions, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::base::error::AuthError;

/// The decision: `passed`, `asks N` or `refused CODE`.
pub(crate) const VERDICT: HeaderName = HeaderName::from_static("x-auth-probe");

#[derive(Clone)]
struct Probe;

/// Turns the request with these extensions into a probe.
pub(crate) fn ask(extensions: &mut Extensions) {
    extensions.insert(Probe);
}

fn asked(parts: &Parts) -> bool {
    parts.extensions.get::<Probe>().is_some()
}

/// Answers in place of the handler: the caller may enter it.
pub(crate) fn passed(parts: &Parts) -> Option<Response> {
    asked(parts).then(|| verdict("passed"))
}

/// Answers in place of the check at `index`: it would have to run, but needs data that a probe does not have.
pub(super) fn undecided(index: usize, parts: &Parts) -> Option<Response> {
    asked(parts).then(|| verdict(&format!("asks {index}")))
}

/// Adds the code of a refusal to its response.
pub(crate) fn mark_refusal(error: &AuthError, parts: &Parts, response: &mut Response) {
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
