//! A rule about somebody else's roles.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use common::{App, Duty};

#[protected(Duty::Till)]
async fn till() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(till));
}
