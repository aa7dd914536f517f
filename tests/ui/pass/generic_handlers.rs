//! A handler keeps its generics, its lifetimes and its place.

#[path = "../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use axum::extract::{FromRequestParts, State};
use axum::response::IntoResponse;
use common::{App, Fresh, Role};

#[protected(Role::Admin || Fresh::minutes(5))]
async fn any<T, const N: usize>(_: T, State(app): State<App>) -> Result<String, impl IntoResponse>
where
    T: FromRequestParts<App> + 'static,
{
    if N == 0 { Err("nothing") } else { Ok(app.greeting.repeat(N)) }
}

fn main() {
    /// Local to a function, with local names in its rule.
    #[protected(Local::Admin)]
    async fn local() {}
    use common::Role as Local;

    let routes: Routes<App> = Routes::new().route("/any", get(any::<axum::http::Method, 3>)).route("/local", get(local));
    assert!(routes.table().to_string().contains("Local::Admin"));
}
