//! How requests and answers travel: guards, extractors, routes, cookies, errors.

mod error_page;
pub(crate) mod extract;
mod problem;
pub(crate) mod rejection;
pub(crate) mod routes;
pub mod routing;
pub(crate) mod serve;
pub(crate) mod state;
pub(crate) mod transport;
