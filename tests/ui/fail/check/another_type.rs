//! A lower-case type that is no check.

use auth::protected;
use auth::routing::{Routes, get};

#[path = "../../common.rs"]
mod common;
use common::App;

#[expect(non_camel_case_types)]
struct owner;

#[protected(owner)]
async fn one() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(one));
}
