//! A handler, and what happens to its answer: see `http::error_page`.
//!
//! Around the handler, and not a layer around the route: a handler is called with the state, in which the handle is found
//! when the answer is an error. The types of the handler's parameters are those of the handler itself.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;

use crate::http::extract::Selects;
use crate::http::state::InState;
use crate::http_settings::HttpSettings;

/// Finds how the handle in the state of a router answers.
type FindSettings<S> = fn(&S) -> Arc<HttpSettings>;

/// A handler whose errors are answered as those of the library are.
#[derive(Clone)]
pub(super) struct Answering<H, S> {
    handler: H,
    settings: FindSettings<S>,
}

impl<H, S: 'static> Answering<H, S> {
    pub(super) fn new<Select: Selects<S>>(handler: H) -> Self {
        Self { handler, settings: |state| Select::User::auth(state).http_settings() }
    }
}

impl<H, Args, S> Handler<Args, S> for Answering<H, S>
where
    H: Handler<Args, S>,
    S: Clone + Send + Sync + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let settings = (self.settings)(&state);
        let (parts, body) = request.into_parts();
        let copy = settings.copy_for_page(&parts);
        let answer = self.handler.call(Request::from_parts(parts, body), state);
        Box::pin(async move { settings.complete(answer.await, copy.as_ref()) })
    }
}
