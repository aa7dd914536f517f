//! HTTP: cookies, origins, headers, bodies, error documents, and connections.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bodies;
mod cookie_header;
mod cookie_modes;
mod cookies;
mod error_pages;
mod errors;
mod half_open;
mod http2;
mod http_surface;
mod long_texts;
mod navigation;
mod navigation_routes;
mod origin;
mod random_input;
mod resource_metadata;
mod response_size;
mod routes;
mod schemes;
