//! Above the attribute, `debug_handler` sees a handler that has no guard yet.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use common::{App, Role, User};

#[axum::debug_handler(state = App)]
#[protected(Role::Admin)]
async fn one(_: User, body: String) -> String {
    body
}

#[axum::debug_handler]
#[protected]
async fn two() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/1", get(one)).route("/2", get(two));
}
