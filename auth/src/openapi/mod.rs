//! `OpenAPI` from the rules that are enforced: [`Routes::openapi`](crate::routing::Routes::openapi) adds them to a
//! document of [utoipa](https://docs.rs/utoipa) 6.
//!
//! Describe handlers with `#[utoipa::path]`, above or below `#[protected]`, and collect them as usual. What guards them
//! is never written a second time:
//!
//! ```
//! # #[cfg(all(feature = "macros", feature = "testing"))] {
//! # use auth::{Auth, AuthUser, PasswordHash, Secret};
//! # #[derive(Clone, AuthUser)] #[auth(table = "users")]
//! # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
//! use auth::routing::{Routes, get};
//! use auth::{protected, public};
//! use utoipa::OpenApi;
//!
//! #[utoipa::path(get, path = "/notes/{id}", params(("id" = i64, Path)), responses((status = 200, body = String)))]
//! #[protected]
//! async fn note() -> String {
//!     "buy milk".to_owned()
//! }
//!
//! #[public] // not described: the document shows it all the same
//! async fn health() {}
//!
//! #[derive(OpenApi)]
//! #[openapi(paths(note), info(title = "Notes"))]
//! struct Doc;
//!
//! let routes: Routes<Auth<User>> = Routes::new().route("/notes/{id}", get(note)).route("/health", get(health));
//! let document = routes.openapi(Doc::openapi()); // or `OpenApi::default()`
//!
//! let json = serde_json::to_value(&document).unwrap();
//! let note = &json["paths"]["/notes/{id}"]["get"];
//! assert_eq!(note["security"], serde_json::json!([{ "bearerAuth": [] }]));
//! assert_eq!(note["responses"]["401"]["content"].as_object().unwrap().len(), 1); // a problem document
//! assert_eq!(json["paths"]["/health"]["get"]["security"], serde_json::json!([]));
//! # }
//! ```
//!
//! # What is added to a route
//!
//! Operations are found by method and path; the names of path parameters may differ. An operation of a nested router is
//! described under the path that its handler has there, which is not the one that is served. It is moved: to the route
//! that had this path before it was nested, or whose handler has the name of the operation (its id, unless you choose
//! another one). If several routes could be meant, it stays, and the log names them. [`Routes::gaps`] compares both in a
//! test.
//!
//! - `security`: explicitly none for `#[public]`; otherwise the bearer token or, if cookies are on, the cookie. The
//!   rule is authoritative, so `#[utoipa::path(security(…))]` is replaced.
//! - 400, 401, 431, 503 and, if the rule requires more than being signed in or a cookie may come from another site, 403:
//!   problem documents. A status that the operation already describes is left alone.
//! - `x-auth-rule`: the rule, as in the route table; `x-auth-mfa: true` where the table says `+ mfa`.
//!
//! A route without an operation gets a minimal one, and the routes of the library get complete ones: request bodies and
//! responses with the fields of the user type. A route for `ANY` method guards those of its operations that are
//! described; no others are added. So do a service, of the operations below it, a fallback, of those that nothing else
//! answers, and `GET`, of `HEAD`. An operation without a route is left alone. Operation ids are made unique.
//!
//! Integers of 64 bits and more are text in the library's own answers, and may be text in its requests: see
//! [`Profile`](crate::Profile).
//!
//! # Limits
//!
//! Whether cookies are on is known from the library's own routes: if none of them is among the routes, only the bearer
//! token is named. `on_error` can respond with something other than problem documents; describe that in your own
//! operations.

mod api_keys;
mod builtin;
mod codes;
mod gaps;
mod guard;
mod ids;
mod nested;
mod patch;
mod request_bodies;
mod route_match;
mod schemas;
mod schemes;
mod shapes;
mod template;

pub use gaps::Gaps;
use utoipa::openapi::OpenApi;

use crate::http::routing::Routes;

/// Where a document has an operation: its path and its method.
type OperationKey = (String, &'static str);

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Adds what guards these routes to `document`: that of your own `#[derive(utoipa::OpenApi)]`, or an empty one. The
    /// [module](crate::openapi) documents what is added and what is left as it was.
    #[must_use]
    pub fn openapi(&self, document: OpenApi) -> OpenApi {
        patch::patch(self.table().routes(), document)
    }
}
