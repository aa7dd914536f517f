//! What a handler that is open to everybody may ask for.

#[path = "../common.rs"]
mod common;

use auth::routing::{Routes, any, get};
use auth::{public, Rejection};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::HeaderMap;
use common::{App, Staff, User, UserClaims};

type Perhaps = Option<User>;

#[public]
async fn perhaps(_user: Perhaps, _claims: Option<UserClaims>, _staff: Option<Staff>) {}

#[public]
async fn either(_user: Result<User, Rejection>) {}

#[public]
async fn others(_: (HeaderMap, Option<User>), State(_): State<App>, Path(_): Path<String>, _body: String) {}

#[public]
async fn generic<T: FromRequestParts<App> + Send>(_: T, Query(_): Query<Vec<(String, String)>>) {}

#[public]
async fn hidden(_: impl FromRequestParts<App>) {}

#[public]
async fn conditional(#[cfg(any())] _user: Missing, _headers: HeaderMap) {}

fn main() {
    let _: Routes<App> = Routes::new()
        .route("/1", get(perhaps))
        .route("/2", get(either))
        .route("/3", any(others))
        .route("/4", get(generic::<HeaderMap>))
        .route("/5", get(conditional));
    let _ = || drop(hidden(auth::Guard::for_test(), HeaderMap::new()));
}
