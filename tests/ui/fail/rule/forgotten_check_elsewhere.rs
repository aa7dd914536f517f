//! Functions of another file in rules that are not under `#[check]`.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{protected, rule};
use common::posts::{self, owns_post};
use common::{App, Role, User};

#[protected(Role::Admin || owns_post)]
async fn one() {}

#[protected(user = User, !posts::is_public && owns_post)]
async fn two() {}

#[protected(posts::is_pubic)]
async fn three() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(one).post(two));
    let _ = rule!(common::posts::is_public);
}
