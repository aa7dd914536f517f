//! A built-in route: everything about it in one value, which stands beside its handler.

use std::future::Future;
use std::pin::Pin;

use axum::extract::Request;
use axum::response::Response;
use axum::routing::on;

use super::call::Call;
use crate::auth::Auth;
use crate::base::catch_panic::catch_panic;
use crate::base::error::AuthError;
use crate::http::extract::Caller;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RouteInfo, Routes};
use crate::model::user::AuthUser;
use crate::policy::Access;
use crate::store::Budget;

/// What every route that takes a mailed link answers to one that does not work.
pub(super) const INVALID_LINK: (u16, &str) =
    (400, "Link unknown, used, expired or void: `invalid_link`. Or malformed: `invalid_request`, `malformed_body`");

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response, Refused>> + Send + 'a>>;

/// A route that [`Auth::routes`] serves.
pub(super) struct Endpoint<U: AuthUser> {
    pub(super) route: &'static BuiltinRoute,
    pub(super) access: &'static Access<U>,
    pub(super) handler: for<'a> fn(&'a mut Call<U>) -> Answer<'a>,
}

impl<U: AuthUser> Endpoint<U> {
    /// Adds it to the routes. Errors become the application's error page.
    pub(super) fn add_to<S: Clone + Send + Sync + 'static>(&self, routes: &mut Routes<S>, auth: &Auth<U>) {
        let Self { route, access, handler } = *self;
        let mut info = RouteInfo::of(route.method, route.path, access);
        if route.any_factors {
            info = info.with_any_factors();
        }
        if route.keys_only {
            info = info.with_keys_only();
        }
        info.about.builtin::<U>(route, auth.http().cookies.names(), &auth.http().scheme);
        let auth = auth.clone();
        let served = on(route.method, move |request: Request| {
            let auth = auth.clone();
            async move {
                let budget = Budget::new(auth.http().store_timeout);
                let mut call = Call::new(auth, request, route.body.max_bytes());
                if route.any_factors {
                    Caller::<Auth<U>>::admit_any_factors(&mut call.parts);
                }
                if route.keys_only {
                    Caller::<Auth<U>>::admit_keys_only(&mut call.parts);
                }
                let answer = budget.spend(async {
                    if let Some(decided) = call.admit(access).await? {
                        return Ok(decided);
                    }
                    handler(&mut call).await
                });
                // Code of the application runs in it: the names of its ids, its clock, its stores.
                let answer: Result<_, Refused> =
                    catch_panic(answer).await.unwrap_or_else(|| Err(AuthError::internal("a route panicked").into()));
                answer.unwrap_or_else(|refused| call.auth.http().refusal_response(refused, &call.parts))
            }
        });
        routes.push(info, served);
    }
}
