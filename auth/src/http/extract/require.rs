//! The guard as a layer, for whole routers and for services that are not handlers.
//!
//! A layer is the guard: one function, `admit`, decides for handlers, layers and our own routes. `Routes` applies a
//! layer to each route, not to the router: so other methods stay axum's 405, unknown paths stay its 404, and the table
//! can state the rule of each route. A caller that one handle verified is verified again by another handle for the same
//! type (`Auth::is`), which may have other keys and another table.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::header::{CACHE_CONTROL, VARY};
use axum::http::{HeaderValue, Request};
use axum::response::{IntoResponse, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::check::Checks;
use super::guard::{RuleOf, admit};
use super::renew::renew;
use super::test_probe;
use crate::auth::Auth;
use crate::model::user::AuthUser;
use crate::policy::Policy;

impl<U: AuthUser> Auth<U> {
    /// Returns a layer that puts a rule in front of a whole router, a method router, or any service: static files,
    /// gRPC, a proxy.
    ///
    /// It acts like the guard of `#[protected]`: a refused caller gets the same response, and the inner service is
    /// never called. A token is verified only once: guards, `User` and `UserClaims` further in reuse the result as long
    /// as the request still carries that token, and add their own rules to this one.
    ///
    /// ```
    /// # use auth::{Auth, AuthRole, AuthUser, PasswordHash, rule};
    /// # use axum::{Router, routing};
    /// # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Admin }
    /// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(role)] role: Role }
    /// # fn demo(auth: &Auth<User>, files: routing::MethodRouter) -> Router {
    /// Router::new()
    ///     .route_service("/reports/{*file}", files)
    ///     .route_layer(auth.require(rule!(Role::Admin, live)))
    /// # }
    /// ```
    ///
    /// Answers to requests with a cookie of ours get `Cache-Control: no-store` and `Vary: Cookie`, unless they say
    /// something about caching themselves: shared caches keep answers to cookies, other than those to bearer tokens.
    ///
    /// With `Router::layer`, unknown paths and methods are refused like known ones; with `route_layer` they remain 404
    /// and 405. [`Routes::require`](crate::routing::Routes::require) works like the latter, and also appears in the
    /// route table.
    ///
    /// If a check in the rule takes `State`, use [`Require::with_state`].
    pub fn require<P: Policy<U>>(&self, rule: RuleOf<P>) -> Require<U, P> {
        let _ = rule;
        Require { auth: self.clone(), state: self.clone(), rule: PhantomData }
    }
}

/// A tower layer that admits only callers who meet a rule. See [`Auth::require`].
#[must_use = "a layer protects nothing until it is around something"]
pub struct Require<U: AuthUser, P, S = Auth<U>> {
    auth: Auth<U>,
    state: S,
    rule: PhantomData<fn() -> P>,
}

impl<U: AuthUser, P: Policy<U>, S> Require<U, P, S> {
    /// Sets the state from which the checks of the rule take their `State`; without it they only have the [`Auth`].
    ///
    /// ```
    /// # use auth::{Auth, AuthUser, PasswordHash, check, rule};
    /// # use axum::extract::{FromRef, State};
    /// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String }
    /// # #[derive(Clone)] struct Hours;
    /// # #[derive(Clone)] struct App { auth: Auth<User>, hours: Hours }
    /// # impl FromRef<App> for Hours { fn from_ref(app: &App) -> Self { app.hours.clone() } }
    /// # impl Hours { fn open(&self) -> bool { true } }
    /// #[check]
    /// async fn open(State(hours): State<Hours>) -> bool {
    ///     hours.open()
    /// }
    ///
    /// # fn demo(app: App) -> axum::Router {
    /// # let router = axum::Router::new();
    /// router.layer(app.auth.require(rule!(open)).with_state(app))
    /// # }
    /// ```
    pub fn with_state<T>(self, state: T) -> Require<U, P, T>
    where
        T: Clone + Send + Sync + 'static,
        P::Checks: Checks<T>,
    {
        Require { auth: self.auth, state, rule: PhantomData }
    }
}

impl<U: AuthUser, P, S> Require<U, P, S> {
    /// Wraps a service that has no guard of its own.
    pub(crate) fn last<Inner>(self, inner: Inner) -> Required<U, P, S, Inner> {
        Required { by: self, last: true, inner }
    }
}

impl<U: AuthUser, P, S: Clone> Clone for Require<U, P, S> {
    fn clone(&self) -> Self {
        Self { auth: self.auth.clone(), state: self.state.clone(), rule: PhantomData }
    }
}

impl<U: AuthUser, P: Policy<U>, S> fmt::Debug for Require<U, P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Require({})", P::ACCESS)
    }
}

impl<U, P, S, Inner> Layer<Inner> for Require<U, P, S>
where
    U: AuthUser,
    P: Policy<U, Checks: Checks<S>>,
    S: Clone + Send + Sync + 'static,
{
    type Service = Required<U, P, S, Inner>;

    fn layer(&self, inner: Inner) -> Self::Service {
        Required { by: self.clone(), last: false, inner }
    }
}

/// A service behind a rule, created by [`Require`].
pub struct Required<U: AuthUser, P, S, Inner> {
    by: Require<U, P, S>,
    /// Whether the inner service has no guard of its own, so that a probe of the test utilities ends here.
    last: bool,
    inner: Inner,
}

impl<U: AuthUser, P, S: Clone, Inner: Clone> Clone for Required<U, P, S, Inner> {
    fn clone(&self) -> Self {
        Self { by: self.by.clone(), last: self.last, inner: self.inner.clone() }
    }
}

impl<U: AuthUser, P: Policy<U>, S, Inner: fmt::Debug> fmt::Debug for Required<U, P, S, Inner> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Required").field("by", &self.by).field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<U, P, S, Inner, B> Service<Request<B>> for Required<U, P, S, Inner>
where
    U: AuthUser,
    P: Policy<U, Checks: Checks<S>>,
    S: Clone + Send + Sync + 'static,
    Inner: Service<Request<B>, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Response;
    type Error = Inner::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Inner::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Inner::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // Call the instance that reported readiness; its clone has not been polled yet.
        let clone = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, clone);
        let Require { auth, state, .. } = self.by.clone();
        let last = self.last;
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            if let Some(again) = renew(&mut parts, &auth, P::ACCESS).await {
                return Ok(again);
            }
            if let Err(refused) = admit::<Auth<U>, P::Checks, S>(&mut parts, &state, &auth, P::ACCESS).await {
                return Ok(auth.http().refusal_response(refused, &parts));
            }
            if last && let Some(probed) = test_probe::passed(&parts) {
                return Ok(probed);
            }
            let by_cookie = auth.http().cookies.any(&parts);
            let copy = auth.http().copy_for_page(&parts);
            let answer = ready.call(Request::from_parts(parts, body)).await;
            let complete = |answer| auth.http().complete(answer, copy.as_deref());
            let answer = answer.map(IntoResponse::into_response).map(complete);
            answer.map(|answer| if by_cookie { private(answer) } else { answer })
        })
    }
}

/// Keeps an answer about somebody out of caches, unless the application has decided about that.
fn private(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.append(VARY, HeaderValue::from_static("Cookie"));
    answer
}
