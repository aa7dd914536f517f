//! The words that other builders have for it.
#![deny(deprecated)]

#[path = "../../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use common::App;

#[protected]
async fn me() {}

fn main() {
    let _ = Routes::<App>::new().at("/", get(me)).without("GET", "/");
}
