//! A handler, and what happens to its answer: see `http::error_page`.
//!
//! Around the handler, and not a layer around the route: a handler is called with the state, in which the handle is
//! found. That is asked before the handler runs, because the request has to be copied if there is a page. The types of
//! the handler's parameters are those of the handler itself.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::response::Response;

use crate::http::extract::{Gate as _, Selects};
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
        Self { handler, settings: |state| Select::User::gate(state).http_settings() }
    }
}

impl<H, Args, S> Handler<Args, S> for Answering<H, S>
where
    H: Handler<Args, S, Future: Unpin>,
    S: Clone + Send + Sync + 'static,
{
    type Future = Answer<H::Future>;

    fn call(self, request: Request, state: S) -> Self::Future {
        let settings = (self.settings)(&state);
        let (request, copy) = settings.copy_request_for_page(request);
        Answer { handler: self.handler.call(request, state), settings, request: copy }
    }
}

/// The answer of a handler to come. axum boxes the futures of handlers anyway, so this takes no box of its own.
pub(super) struct Answer<F> {
    handler: F,
    settings: Arc<HttpSettings>,
    request: Option<Box<Parts>>,
}

impl<F: Future<Output = Response> + Unpin> Future for Answer<F> {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        let answer = ready!(Pin::new(&mut self.handler).poll(context));
        Poll::Ready(self.settings.complete(answer, self.request.as_deref()))
    }
}
