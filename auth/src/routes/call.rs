//! One request to one of the library's routes.

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
use crate::caught::caught;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::event::Refusal;
use crate::extract::{Caller, admit, client, probe, refused};
use crate::fields::Fields;
use crate::policy::{Access, Fresh, Policy, Rule};
use crate::rejection::Refused;
use crate::routing::{RouteInfo, Routes};
use crate::store::within;
use crate::token::session::Client;
use crate::user::AuthUser;

/// The requirement for actions that a stolen access token must not be able to perform (STEP-01).
pub(super) struct Recent;

impl<U: AuthUser> Policy<U> for Recent {
    type Checks = ();
    const ACCESS: &'static Access<U> =
        &Access::Protected { rule: Rule::Is(&Fresh::minutes(5), "Fresh::minutes(5)"), live: false, hidden: false };
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response, Refused>> + Send + 'a>>;

/// Adds a route. Errors become the application's error page.
pub(super) fn add<U: AuthUser, S: Clone + Send + Sync + 'static>(
    routes: &mut Routes<S>,
    auth: &Auth<U>,
    method: MethodFilter,
    path: &'static str,
    access: &'static Access<U>,
    run: for<'a> fn(&'a mut Call<U>) -> Answer<'a>,
) {
    let cookies = &auth.inner().cookies;
    let auth = auth.clone();
    let handler = on(method, move |request: Request| {
        let auth = auth.clone();
        async move {
            let (parts, body) = request.into_parts();
            let patience = auth.inner().store_timeout;
            let mut call = Call { auth, parts, body: Some(body), caller: None };
            let answer = within(patience, async {
                call.admit(access).await?;
                if let Some(decided) = probe::passed(&call.parts) {
                    return Ok(decided);
                }
                call.check_row().await?;
                run(&mut call).await
            });
            // Code of the application runs in it: the names of its ids, its clock, its stores.
            let answer = caught(answer).await.unwrap_or_else(|| Err(AuthError::internal("a route panicked").into()));
            let answer: Result<_, Refused> = answer;
            answer.unwrap_or_else(|refused| call.auth.inner().answer_refused(refused, &call.parts))
        }
    });
    let mut info = RouteInfo::of(method, path, access);
    info.about.own(path, cookies.names());
    routes.push(info, handler);
}

/// A request that is being handled.
pub(super) struct Call<U: AuthUser> {
    pub(super) auth: Auth<U>,
    pub(super) parts: Parts,
    body: Option<Body>,
    caller: Option<Caller<U>>,
}

impl<U: AuthUser> Call<U> {
    /// Decides before the body is read.
    async fn admit(&mut self, access: &'static Access<U>) -> Result<(), Refused> {
        self.caller = admit::<U, (), ()>(&mut self.parts, &(), &self.auth, access).await?;
        Ok(())
    }

    /// Refuses a token that names its row if that row is gone. Whoever has a token of an earlier row with the same id
    /// must not see or end the sessions of the user who has it now.
    async fn check_row(&mut self) -> Result<(), Refused> {
        if self.caller.as_ref().is_some_and(|caller| caller.claims().created().is_some()) {
            self.row().await?;
        }
        Ok(())
    }

    /// Returns the caller of a route that is not public.
    pub(super) fn caller(&self) -> Result<&Caller<U>, AuthError> {
        self.caller.as_ref().ok_or(AuthError::NotSignedIn)
    }

    /// Returns the caller's row, which is active and meets every rule.
    pub(super) async fn row(&mut self) -> Result<&U, Refused> {
        let caller = self.caller.as_ref().ok_or(AuthError::NotSignedIn)?;
        caller.row(&mut self.parts, &self.auth).await
    }

    /// Reports a refusal for being cross-site: a request that uses or asks for cookies must come from our own pages.
    pub(super) fn tell_cross_site<T>(&self, checked: Result<T, AuthError>) -> Result<T, AuthError> {
        if matches!(checked, Err(AuthError::CrossSite)) {
            refused(&self.parts, &self.auth, None, Refusal::CrossSite);
        }
        checked
    }

    /// Returns where the tokens go. Called before anything is done.
    pub(super) fn channel(&self) -> Result<Channel, AuthError> {
        self.tell_cross_site(self.auth.channel(&self.parts))
    }

    pub(super) fn client(&self) -> Client {
        client(&self.parts, &self.auth)
    }

    /// Reads the JSON object in the body.
    pub(super) async fn fields(&mut self) -> Result<Fields, AuthError> {
        body::fields(&self.parts, self.body.take().unwrap_or_default()).await?.ok_or(AuthError::UnsupportedMediaType)
    }

    /// Reads the JSON object in the body, if there is a body.
    pub(super) async fn fields_if_any(&mut self) -> Result<Option<Fields>, AuthError> {
        body::fields(&self.parts, self.body.take().unwrap_or_default()).await
    }
}

/// A 204 that must not be cached.
pub(super) fn nothing() -> Response {
    private(StatusCode::NO_CONTENT.into_response())
}

/// A JSON response that must not be cached.
pub(super) fn private_json(status: StatusCode, value: &impl Serialize) -> Response {
    private((status, axum::Json(value)).into_response())
}

/// Forbids caching: every response of our routes is about a single user (HTTP-10).
fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
    response
}
