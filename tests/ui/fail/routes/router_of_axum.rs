//! A plain router where routes with rules go, and routes of another state.

#[path = "../../common.rs"]
mod common;

use auth::routing::Routes;
use common::App;

fn main() {
    let routes = Routes::<App>::new();
    let routes = routes.nest("/files", axum::Router::new());
    let routes = routes.merge(axum::Router::<App>::new());
    let _ = routes.merge(Routes::<String>::new());
}
