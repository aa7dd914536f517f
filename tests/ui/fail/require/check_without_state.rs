//! A check that takes state, in a layer that has none.

#[path = "../../common.rs"]
mod common;

use auth::routing::Routes;
use auth::{check, rule};
use axum::Router;
use axum::extract::State;
use common::App;

#[check]
async fn greets(State(app): State<App>) -> bool {
    !app.greeting.is_empty()
}

fn routes(app: App, routes: Routes<App>) -> Routes<App> {
    routes.require(app.users.require(rule!(greets)))
}

fn router(app: App, router: Router) -> Router {
    router.layer(app.users.require(rule!(greets)))
}

fn fine(app: App, router: Router) -> Router {
    router.layer(app.users.require(rule!(greets)).with_state(app))
}

fn main() {}
