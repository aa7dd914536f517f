//! `OpenAPI`, from the rules that are enforced: [`Routes::openapi`](crate::routing::Routes::openapi) puts them into a
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
//! let routes: Routes<Auth<User>> = Routes::new().at("/notes/{id}", get(note)).at("/health", get(health));
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
//! # What is said of a route
//!
//! Operations are found by method and path; names of path parameters may differ.
//!
//! - `security`: explicitly none for `#[public]`; else the bearer token or, where cookies are on, the cookie. The rule
//!   decides, so what `#[utoipa::path(security(…))]` says is replaced.
//! - 401, 503 and, if the rule asks for more than being signed in, 403: problem documents. A status the operation
//!   already has stays as it is written.
//! - `x-auth-rule`: the rule, as in the route table.
//!
//! A route without an operation gets a small one, and the routes of the library whole ones: bodies and answers with the
//! fields of the user type. A route for `ANY` method is guarded where its operations are described, and gets none else. An
//! operation without a route is left alone. Ids of operations are made unique.
//!
//! # Limits
//!
//! Whether cookies are on is known from the library's own routes: where none of them is among the routes, only the
//! bearer token is named. `on_error` can answer something else than problem documents; say so in your own operations.

mod codes;
mod guard;
mod ids;
mod own;
mod patch;
mod schemas;
mod schemes;
mod shapes;
mod template;

use utoipa::openapi::OpenApi;

use crate::routing::Routes;

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Puts what guards these routes into `document`: that of your own `#[derive(utoipa::OpenApi)]`, or an empty one.
    /// The [module](crate::openapi) says what is added, and what is left as it was.
    #[must_use]
    pub fn openapi(&self, document: OpenApi) -> OpenApi {
        patch::patch(self.table().routes(), document)
    }
}
