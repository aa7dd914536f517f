//! The application's page for errors (`on_error`), for those of the library and those that handlers return.
//!
//! An `AuthError` that a handler returns is made into a response where no settings are known. So the response carries the
//! error (`Returned`), and what is around the handler (`routing::answering`, `Require`), which knows the handle, asks for
//! the page. The request is copied for that only if there is a page, because the handler consumes it.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::response::Response;

use crate::base::error::AuthError;
use crate::http_settings::HttpSettings;

/// The error that a handler has returned, in the extensions of the response to it.
#[derive(Clone)]
pub(super) struct Returned(Arc<AuthError>);

impl Returned {
    pub(super) fn of(error: AuthError) -> Self {
        Self(Arc::new(error))
    }
}

/// What clients depend on, whatever a response looks like.
const KEPT: [axum::http::HeaderName; 3] = [CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE];

impl HttpSettings {
    /// Returns the application's page for an error whose response would be `answer`, with the headers of that.
    pub(super) fn page(&self, error: &AuthError, parts: &Parts, answer: Response) -> Response {
        let Some(page) = &self.on_error else { return answer };
        let kept = KEPT.map(|name| answer.headers().get(&name).cloned());
        let status = answer.status();
        let mut response = page(error, parts, answer);
        // The page may have been made of an error of ours: it has been asked for already.
        response.extensions_mut().remove::<Returned>();
        // A redirect says nothing about trying again, or about how to be admitted.
        let same = response.status() == status;
        for (name, value) in KEPT.into_iter().zip(kept) {
            if let Some(value) = value.filter(|_| same || name == CACHE_CONTROL) {
                response.headers_mut().entry(name).or_insert(value);
            }
        }
        response
    }

    /// Returns a copy of a request, if there is a page that may ask for it.
    pub(super) fn copy_for_page(&self, parts: &Parts) -> Option<Box<Parts>> {
        self.on_error.as_ref().map(|_| Box::new(parts.clone()))
    }

    /// The same for a whole request, which is taken apart only if there is a page.
    pub(super) fn copy_request_for_page(&self, request: Request) -> (Request, Option<Box<Parts>>) {
        if self.on_error.is_none() {
            return (request, None);
        }
        let (parts, body) = request.into_parts();
        let copy = self.copy_for_page(&parts);
        (Request::from_parts(parts, body), copy)
    }

    /// Completes the response of a handler: if it is an error of ours, it gets our challenge, and the application's page.
    pub(super) fn complete(&self, mut answer: Response, request: Option<&Parts>) -> Response {
        let Some(Returned(error)) = answer.extensions_mut().remove::<Returned>() else { return answer };
        if let (AuthError::FactorRequired(_), Some(parts)) = (&*error, request) {
            // The handle may go into a cookie, about which the handler knew nothing.
            return self.error_response(&error, parts);
        }
        if let Some(challenge) = self.challenge(&error) {
            answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        match request {
            Some(parts) => self.page(&error, parts, answer),
            None => answer,
        }
    }
}
