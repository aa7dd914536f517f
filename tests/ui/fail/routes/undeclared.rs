//! A handler that says nothing.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use common::App;

async fn open() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(open));
}
