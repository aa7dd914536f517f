//! `GET /.well-known/jwks.json`, and the two documents by which other services find it: OAuth 2.0 Authorization Server
//! Metadata (RFC 8414) and `OpenID` Connect Discovery, which say the same here.

use std::future::ready;

use axum::body::{Body, Bytes};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodFilter;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::call::Call;
use super::conditional::is_current;
use super::endpoint::Endpoint;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Routes, Success, SuccessContent};
use crate::model::issuer_url::IssuerUrl;
use crate::model::user::AuthUser;
use crate::policy::Access;

const KEY_SET: &str = "/.well-known/jwks.json";
const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";
/// Five minutes; for an hour after that while a new one is fetched, and for a day if that fails (RFC 5861).
const KEPT: &str = "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400";

/// Adds the routes, if there are keys that others can verify with.
pub(super) fn add_to<U: AuthUser, S: Clone + Send + Sync + 'static>(routes: Routes<S>, auth: &Auth<U>) -> Routes<S> {
    let keys = auth.tokens().keys();
    if keys.published.is_empty() {
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
            path: KEY_SET,
            summary: "Get the public keys that access tokens are verified with",
            body: RequestBody::None,
            success: Success { status: 200, description: "The keys (RFC 7517)", content: SuccessContent::KeySet },
            limited: false,
            any_factors: false,
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
            failures: &[],
        },
        access: &Access::Public { reason: Some("for services that verify tokens") },
        handler: |call| Box::pin(ready(issuer_metadata(call))),
    };
}

fn key_set<U: AuthUser>(call: &Call<U>) -> Response {
    let keys = call.auth.tokens().keys();
    document(&call.parts.headers, keys.published.etag(), Bytes::from_owner(keys.published.body()))
}

/// What others need to verify tokens. Nobody can ask this issuer for tokens by a standard protocol, so it names no
/// grants, and no endpoints.
#[derive(Serialize)]
struct IssuerMetadata<'a> {
    issuer: &'a str,
    jwks_uri: String,
    response_types_supported: [&'a str; 0],
    grant_types_supported: [&'a str; 0],
    subject_types_supported: [&'a str; 1],
    id_token_signing_alg_values_supported: Vec<&'a str>,
    token_endpoint_auth_methods_supported: [&'a str; 0],
}

fn issuer_metadata<U: AuthUser>(call: &Call<U>) -> Result<Response, Refused> {
    let keys = call.auth.tokens().keys();
    let issuer = &*keys.plan().published_as().ok_or(AuthError::NotFound)?.issuer;
    let origin = IssuerUrl::parse(issuer).ok_or(AuthError::NotFound)?;
    let mut algorithms: Vec<_> = keys.plan().pairs.iter().map(|named| named.pair.alg()).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    let metadata = IssuerMetadata {
        issuer,
        jwks_uri: format!("{}{KEY_SET}", origin.origin()),
        response_types_supported: [],
        grant_types_supported: [],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: algorithms,
        token_endpoint_auth_methods_supported: [],
    };
    let body = serde_json::to_vec(&metadata).map_err(AuthError::internal)?;
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&body)));
    Ok(document(&call.parts.headers, &etag, body.into()))
}

/// Answers with a document for every origin: it is public, and asked for without cookies.
pub(super) fn document(request: &HeaderMap, etag: &str, body: Bytes) -> Response {
    let headers = [(CACHE_CONTROL, KEPT), (ETAG, etag), (ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    if is_current(request, etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(CONTENT_TYPE, "application/json")], Body::from(body)).into_response()
}
