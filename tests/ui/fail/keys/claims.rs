//! An API key has no claims.

#[path = "../../common.rs"]
mod common;

use auth::{check, protected};
use common::{User, UserClaims};

#[check]
async fn allowed() -> bool {
    true
}

type Who = UserClaims;

#[protected(allowed, keys)]
async fn named(claims: UserClaims) -> String {
    claims.sub.to_string()
}

#[protected(user = User, allowed, keys)]
async fn renamed((_id, who): (axum::extract::Path<i64>, Who)) -> String {
    who.sub.to_string()
}

fn main() {}
