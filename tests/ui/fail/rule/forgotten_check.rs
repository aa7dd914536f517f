//! A function in a rule that is not under `#[check]`.

#[path = "../../common.rs"]
mod common;

use auth::protected;
use auth::routing::{Routes, get};
use axum::extract::Path;
use common::{App, Role, UserClaims};

/// Whose post is it?
async fn owns_post(claims: UserClaims, Path(post): Path<i64>) -> bool {
    claims.sub == post
}

#[protected(Role::Admin || owns_post)]
async fn one() {}

#[protected(user = common::User, !owns_post)]
async fn two() {}

fn main() {
    let _: Routes<App> = Routes::new().route("/", get(one).post(two));
}
