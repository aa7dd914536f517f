//! Nobody is that fresh.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{Fresh, protected};
use common::{App, User};

#[protected(Fresh::minutes(0))]
async fn one() {}

#[protected(user = User, Fresh::seconds(0))]
async fn two() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(one)).route("/", get(two));
}
