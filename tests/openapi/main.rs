//! What the document says is what the routes do.
#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod builtin;
mod described;
mod nested;
mod rule;
mod several;

use auth_tests::App;
use auth_tests::documented::{Shop, shop_with_accounts};
use serde_json::Value;
use utoipa::OpenApi;

/// The document of the shop, with the library's routes.
async fn shop() -> (App, Value) {
    let app = App::new().await;
    let document = shop_with_accounts(&app.auth).openapi(Shop::openapi());
    (app, serde_json::to_value(document).unwrap())
}

/// A document that says nothing yet.
fn empty() -> utoipa::openapi::OpenApi {
    utoipa::openapi::OpenApi::default()
}

/// What was described by hand, untouched.
fn by_hand() -> Value {
    serde_json::to_value(Shop::openapi()).unwrap()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The schema that `holder` refers to.
fn referred<'a>(document: &'a Value, holder: &Value) -> &'a Value {
    let name = holder["$ref"].as_str().unwrap().strip_prefix("#").unwrap();
    document.pointer(name).unwrap()
}
