//! A fallback, and handlers for any method, that do not say who may call them.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, any};
use common::App;

async fn missing() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/", any(missing)).fallback(missing);
}
