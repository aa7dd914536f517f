//! `GET /.well-known/jwks.json`, and the two documents by which other services find it: OAuth 2.0 Authorization Server
//! Metadata (RFC 8414) and `OpenID` Connect Discovery, which say the same here.

use std::future::ready;

use axum::response::Response;
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::public_document::answer;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Routes, Success, SuccessContent};
use crate::keys::KEY_SET_PATH;
use crate::model::issuer_url::IssuerUrl;
use crate::model::user::AuthUser;
use crate::policy::Access;

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// Adds the routes, if there are keys that others can verify with.
pub(super) fn add_to<U: AuthUser, S: Clone + Send + Sync + 'static>(routes: Routes<S>, auth: &Auth<U>) -> Routes<S> {
    let keys = auth.tokens().keys();
    if keys.published.metadata().is_none() {
        return routes;
    }
    let mut routes = routes;
    Endpoint::KEY_SET.add_to(&mut routes, auth);
    let issuer = keys.plan().published_as().and_then(|names| IssuerUrl::parse(&names.issuer));
    let path = issuer.as_ref().map_or("", IssuerUrl::path);
    // Of an issuer with a path, the first document is asked for with the path behind, the second with the path in front,
    // and by some with the path behind, too (RFC 8414 §3.1, §5).
    let before = (!path.is_empty()).then(|| format!("{path}{OPENID}"));
    for address in [format!("{OAUTH}{path}"), format!("{OPENID}{path}")].into_iter().chain(before) {
        let mut document = Routes::new();
        Endpoint::ISSUER_METADATA.add_to(&mut document, auth);
        routes = routes.nest(&address, document);
    }
    routes
}

impl<U: AuthUser> Endpoint<U> {
    const KEY_SET: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: KEY_SET_PATH,
            summary: "Get the public keys that access tokens are verified with",
            body: RequestBody::None,
            success: Success { status: 200, description: "The keys (RFC 7517)", content: SuccessContent::KeySet },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("public keys, for services that verify tokens") },
        handler: |call| Box::pin(ready(Ok::<_, Refused>(key_set(call)))),
    };

    const ISSUER_METADATA: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/",
            summary: "Tell services that verify tokens where the keys are",
            body: RequestBody::None,
            success: Success {
                status: 200,
                description: "The issuer (RFC 8414)",
                content: SuccessContent::IssuerMetadata,
            },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("for services that verify tokens") },
        handler: |call| Box::pin(ready(issuer_metadata(call))),
    };
}

fn key_set<U: AuthUser>(call: &Call<U>) -> Response {
    answer(call.auth.tokens().keys().published.key_set(), &call.parts.headers)
}

fn issuer_metadata<U: AuthUser>(call: &Call<U>) -> Result<Response, Refused> {
    let keys = call.auth.tokens().keys();
    let metadata = keys.published.metadata().ok_or(AuthError::NotFound)?;
    Ok(answer(metadata, &call.parts.headers))
}
