//! `GET /.well-known/webauthn`, `/.well-known/passkey-endpoints` and `/.well-known/change-password`: what browsers and
//! password managers ask without being told an address. They are for everybody, so answers may be kept for an hour; and at
//! the root of a domain, where `Auth::routes` usually is not.

use std::future::ready;

use axum::Json;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::MethodFilter;
use serde::Serialize;

use super::call::Call;
use super::endpoint::Endpoint;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Routes, Success, SuccessContent};
use crate::model::user::AuthUser;
use crate::policy::Access;

/// Adds the routes for which something is set.
pub(super) fn add_to<U: AuthUser, S: Clone + Send + Sync + 'static>(routes: &mut Routes<S>, auth: &Auth<U>) {
    let outside = auth.passkeys_outside();
    let groups = [
        (outside.is_some_and(|outside| !outside.origins.is_empty()), Endpoint::RELATED_ORIGINS),
        (outside.is_some(), Endpoint::PASSKEY_ENDPOINTS),
        (auth.http().change_password_page.is_some(), Endpoint::CHANGE_PASSWORD_PAGE),
    ];
    for (_, endpoint) in groups.iter().filter(|(is_there, _)| *is_there) {
        endpoint.add_to(routes, auth);
    }
}

impl<U: AuthUser> Endpoint<U> {
    const RELATED_ORIGINS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/.well-known/webauthn",
            summary: "List the origins of other domains that may use the passkeys of this one",
            body: RequestBody::None,
            success: Success {
                status: 200,
                description: "The origins, for browsers",
                content: SuccessContent::RelatedOrigins,
            },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("for browsers, which ask before anybody signs in") },
        handler: |call| Box::pin(ready(related_origins(call))),
    };

    const PASSKEY_ENDPOINTS: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/.well-known/passkey-endpoints",
            summary: "Tell where people add and manage passkeys",
            body: RequestBody::None,
            success: Success {
                status: 200,
                description: "The pages, for password managers",
                content: SuccessContent::PasskeyEndpoints,
            },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("for password managers, which are not signed in") },
        handler: |call| Box::pin(ready(passkey_endpoints(call))),
    };

    const CHANGE_PASSWORD_PAGE: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/.well-known/change-password",
            summary: "Lead to the page where people change their password",
            body: RequestBody::None,
            success: Success {
                status: 303,
                description: "The page is at `Location`",
                content: SuccessContent::Redirect,
            },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("leads to the page to change the password") },
        handler: |call| Box::pin(ready(change_password_page(call))),
    };
}

#[derive(Serialize)]
struct RelatedOrigins<'a> {
    origins: &'a [String],
}

/// What is not set is left out: the service has passkeys, and no such page.
#[derive(Serialize)]
struct PasskeyEndpoints<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    enroll: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manage: Option<&'a str>,
}

fn related_origins<U: AuthUser>(call: &Call<U>) -> Result<Response, Refused> {
    let outside = call.auth.passkeys_outside().ok_or(AuthError::NotFound)?;
    Ok(kept(Json(RelatedOrigins { origins: &outside.origins })))
}

fn passkey_endpoints<U: AuthUser>(call: &Call<U>) -> Result<Response, Refused> {
    let outside = call.auth.passkeys_outside().ok_or(AuthError::NotFound)?;
    let (enroll, manage) = (outside.enrolment_page.as_deref(), outside.management_page.as_deref());
    Ok(kept(Json(PasskeyEndpoints { enroll, manage })))
}

fn change_password_page<U: AuthUser>(call: &Call<U>) -> Result<Response, Refused> {
    let page = call.auth.http().change_password_page.as_deref().ok_or(AuthError::NotFound)?;
    Ok(kept(Redirect::to(page)))
}

fn kept(response: impl IntoResponse) -> Response {
    ([(CACHE_CONTROL, "public, max-age=3600")], response).into_response()
}
