//! Prints an `OpenAPI` document for a validator: `document shop`, `document two`, `document empty`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use auth_tests::App;
use auth_tests::documented::{Shop, Two, shop_with_accounts};
use utoipa::OpenApi;

#[tokio::main]
async fn main() {
    let document = match std::env::args().nth(1).as_deref() {
        // One user type, handlers described in every way.
        Some("shop") => shop_with_accounts(&App::new().await.auth).openapi(Shop::openapi()),
        // Two user types, nothing described.
        Some("two") => Two::new().await.routes().openapi(utoipa::openapi::OpenApi::default()),
        // Only the library's routes.
        Some("empty") => App::new().await.auth.routes::<()>().openapi(utoipa::openapi::OpenApi::default()),
        other => panic!("{other:?}?"),
    };
    println!("{}", document.to_pretty_json().unwrap());
}
