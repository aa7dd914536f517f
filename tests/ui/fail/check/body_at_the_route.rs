//! The same where the handler is used.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{check, protected};
use common::App;

#[check]
async fn text(_: String) -> bool {
    true
}

#[protected(text)]
async fn one() {}

fn main() {
    let _ = Routes::<App>::new().route("/", get(one));
}
