//! Routes that say who may call them, or do not compile.
//!
//! [`Routes`] takes the place of `axum::Router` while routes are being declared: [`get`], [`post`] and the others take
//! only handlers under `#[protected]` or `#[public]`, and [`Routes::table`] prints who may call what.

#[cfg(feature = "openapi")]
mod about;
#[cfg(not(feature = "openapi"))]
#[path = "no_about.rs"]
mod about;
mod audit;
mod declared;
mod erased;
mod filter;
mod methods;
mod routes;
mod table;

#[cfg(feature = "openapi")]
pub(crate) use about::CookieNames;
pub use audit::Finding;
pub use declared::{Arguments, Declared, Hosts, One, RunsOn};
pub use methods::{Endpoint, Methods, any, delete, get, head, on, options, patch, post, put, trace};
pub use routes::{Route, Routes};
pub use table::{RouteInfo, Table};
