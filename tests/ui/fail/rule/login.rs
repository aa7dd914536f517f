//! `Fresh` and `Has`.

#[path = "../../common.rs"]
mod common;

use auth::{Fresh, Has, protected};
use auth::routing::{Routes, get};
use common::App;

#[protected(Fresh::minutes(0))]
async fn one() {}

#[protected(Fresh::minutes("5"))]
async fn two() {}

#[protected(Has::Mf)]
async fn three() {}

#[protected(Fresh::minute(5))]
async fn four() {}

#[protected(Fresh::minutes(-5))]
async fn five() {}

#[protected(Fresh::minutes())]
async fn six() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(one));
}
