//! A layer about somebody else's roles.

#[path = "../../common.rs"]
mod common;

use auth::rule;
use axum::Router;
use common::{App, Duty};

fn router(app: App, router: Router) -> Router {
    router.layer(app.users.require(rule!(Duty::Till)))
}

fn main() {}
