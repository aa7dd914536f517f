//! `GET /passkeys.js`: the script of pages that use passkeys. It is served by the library, because it speaks with routes of
//! this version; it is there if passkeys are on.

use std::future::ready;
use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodFilter;

use super::call::Call;
use super::endpoint::Endpoint;
use super::public_document::is_current;
use crate::base::document::etag;
use crate::http::rejection::Refused;
use crate::http::routing::{BuiltinRoute, RequestBody, Success, SuccessContent};
use crate::model::user::AuthUser;
use crate::policy::Access;

const SCRIPT: &str = include_str!("passkeys.js");

/// The name of this version of the script.
static TAG: LazyLock<String> = LazyLock::new(|| etag(SCRIPT.as_bytes()));

impl<U: AuthUser> Endpoint<U> {
    pub(super) const PASSKEY_SCRIPT: Self = Self {
        route: &BuiltinRoute {
            method: MethodFilter::GET,
            path: "/passkeys.js",
            summary: "Get the script of pages with passkeys",
            body: RequestBody::None,
            success: Success { status: 200, description: "The script", content: SuccessContent::Script },
            limited: false,
            any_factors: false,
            keys_only: false,
            failures: &[],
        },
        access: &Access::Public { reason: Some("a script, the same for everybody") },
        handler: |call| Box::pin(ready(Ok::<_, Refused>(script(call)))),
    };
}

/// Browsers ask each time whether it has changed, so that page and routes are of one version, and load it once.
fn script<U: AuthUser>(call: &Call<U>) -> Response {
    let headers = [(CACHE_CONTROL, "no-cache"), (ETAG, TAG.as_str())];
    if is_current(&call.parts.headers, &TAG) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let kind = [
        (CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, kind, SCRIPT).into_response()
}
