//! Routes that say who may call them, or do not compile.
//!
//! [`Routes`] replaces `axum::Router` while routes are declared: [`get`], [`post`] and the others only accept handlers
//! with `#[protected]` or `#[public]`, and [`Routes::table`] prints who may call what.
//!
//! ```
//! # #[cfg(all(feature = "macros", feature = "password"))] {
//! # use auth::{Auth, AuthRole, AuthUser, PasswordHash, protected, public};
//! # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Admin }
//! # #[derive(Clone, AuthUser)] #[auth(table = "users")]
//! # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
//! #     #[auth(role, default = Role::Member)] role: Role }
//! use auth::routing::{Routes, get};
//!
//! #[protected]
//! async fn list() -> &'static str { "posts" }
//!
//! #[protected(Role::Admin)]
//! async fn write() {}
//!
//! #[public(reason = "health probe")]
//! async fn health() -> &'static str { "ok" }
//!
//! let posts = Routes::<Auth<User>>::new().route("/", get(list).post(write));
//! let routes = Routes::new().route("/health", get(health)).nest("/posts", posts);
//! assert_eq!(
//!     routes.table().to_string(),
//!     "METHOD  PATH     WHO MAY CALL IT\n\
//!      GET     /health  * public: health probe\n\
//!      GET     /posts   signed in\n\
//!      POST    /posts   Role::Admin"
//! );
//! # }
//! ```
//!
//! `routes.into_router()` returns the `axum::Router`, for state, layers, and everything else of axum. A handler without
//! either attribute does not compile: "this handler does not say who may call it".

#[cfg(feature = "openapi")]
mod about;
#[cfg(not(feature = "openapi"))]
#[path = "no_about.rs"]
mod about;
mod answering;
mod builtin_route;
mod declared;
pub(crate) mod erased_access;
mod method_filter;
mod methods;
mod route;
mod routes;
mod rule_lints;
mod table;

#[cfg(feature = "openapi")]
pub(crate) use about::{CookieNames, Handler};
pub(crate) use builtin_route::{BuiltinRoute, RequestBody, Success, SuccessContent};
pub use rule_lints::Finding;
// Bounds, and parts of the types of chains: nobody needs to name them.
#[doc(hidden)]
pub use declared::{Declared, Fits, Hosts, One, RunsOn};
#[doc(hidden)]
pub use methods::Endpoint;
pub use methods::{Methods, any, delete, get, head, on, options, patch, post, put, trace};
pub use route::{Route, RouteInfo};
#[doc(hidden)]
pub use routes::Nests;
pub use routes::Routes;
pub use table::Table;
