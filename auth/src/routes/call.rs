//! One request to one of our routes.

use std::future::Future;
use std::pin::Pin;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use serde::Serialize;

use super::body;
use super::tokens::Channel;
use crate::auth::Auth;
use crate::error::AuthError;
use crate::event::Refusal;
use crate::extract::{Caller, client, refused, required};
use crate::fields::Fields;
use crate::policy::{Access, Rule};
use crate::routing::{RouteInfo, Routes};
use crate::token::session::Client;
use crate::user::AuthUser;

/// Who may call one of our routes; printed in the table, and enforced by [`Call::caller`].
#[derive(Clone, Copy)]
pub(super) enum Who {
    Everybody(&'static str),
    SignedIn,
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response, AuthError>> + Send + 'a>>;

/// Adds a route. What goes wrong becomes the application's error page.
pub(super) fn add<U: AuthUser, S: Clone + Send + Sync + 'static>(
    routes: &mut Routes<S>,
    auth: &Auth<U>,
    method: MethodFilter,
    path: &'static str,
    who: Who,
    run: for<'a> fn(&'a mut Call<U>) -> Answer<'a>,
) {
    let cookies = &auth.inner().cookies;
    let auth = auth.clone();
    let handler = on(method, move |request: Request| {
        let auth = auth.clone();
        async move {
            let (parts, body) = request.into_parts();
            let mut call = Call { auth, parts, body: Some(body), caller: None };
            let answer = match call.admit(who) {
                Ok(()) => run(&mut call).await,
                Err(error) => Err(error),
            };
            answer.unwrap_or_else(|error| call.auth.inner().answer_error(&error, &call.parts))
        }
    });
    let access = match who {
        Who::Everybody(reason) => Access::Public { reason: Some(reason) },
        Who::SignedIn => Access::<U>::Protected { rule: Rule::SignedIn, live: false },
    };
    let mut info = RouteInfo::of(method, path, &access);
    info.about.own(path, cookies.names());
    routes.push(info, handler);
}

/// A request that is being answered.
pub(super) struct Call<U: AuthUser> {
    pub(super) auth: Auth<U>,
    pub(super) parts: Parts,
    body: Option<Body>,
    caller: Option<Caller<U>>,
}

impl<U: AuthUser> Call<U> {
    /// Decides before the body is touched.
    fn admit(&mut self, who: Who) -> Result<(), AuthError> {
        if let Who::SignedIn = who {
            self.caller = Some(required(&mut self.parts, &self.auth)?);
        }
        Ok(())
    }

    /// The signed-in caller of a route for [`Who::SignedIn`].
    pub(super) fn caller(&self) -> Result<&Caller<U>, AuthError> {
        self.caller.as_ref().ok_or(AuthError::NotSignedIn)
    }

    /// Demands that a request that acts with cookies, or asks for them, comes from our own pages.
    pub(super) fn tell_cross_site<T>(&self, checked: Result<T, AuthError>) -> Result<T, AuthError> {
        if matches!(checked, Err(AuthError::CrossSite)) {
            refused(&self.parts, &self.auth, None, Refusal::CrossSite);
        }
        checked
    }

    /// Where the tokens go; asked before anything is done.
    pub(super) fn channel(&self) -> Result<Channel, AuthError> {
        self.tell_cross_site(self.auth.channel(&self.parts))
    }

    pub(super) fn client(&self) -> Client {
        client(&self.parts)
    }

    /// The JSON object in the body.
    pub(super) async fn fields(&mut self) -> Result<Fields, AuthError> {
        body::fields(&self.parts, self.body.take().unwrap_or_default()).await?.ok_or(AuthError::UnsupportedMediaType)
    }

    /// The JSON object in the body, if there is a body at all.
    pub(super) async fn fields_if_any(&mut self) -> Result<Option<Fields>, AuthError> {
        body::fields(&self.parts, self.body.take().unwrap_or_default()).await
    }
}

/// 204, and never from a cache.
pub(super) fn nothing() -> Response {
    private(StatusCode::NO_CONTENT.into_response())
}

/// JSON, and never from a cache.
pub(super) fn private_json(status: StatusCode, value: &impl Serialize) -> Response {
    private((status, axum::Json(value)).into_response())
}

/// Whatever one of our routes answers is about one user (HTTP-10).
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
    response
}
