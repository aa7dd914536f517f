//! `get` of axum in place of ours.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use auth::routing::Routes;
use axum::routing::get;
use common::App;

#[protected]
async fn me() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/me", get(me));
}
