//! Without the feature `testing` there are no probes, and nothing can turn a request into one.

use axum::http::request::Parts;
use axum::response::Response;

use crate::base::error::AuthError;

pub(crate) const fn passed(_parts: &Parts) -> Option<Response> {
    None
}

pub(super) const fn undecided(_place: usize, _parts: &Parts) -> Option<Response> {
    None
}

pub(crate) const fn mark_refusal(_error: &AuthError, _parts: &Parts, _response: &mut Response) {}
