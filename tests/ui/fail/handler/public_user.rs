//! Open to everybody, with an argument that is not.

#[path = "../../common.rs"]
mod common;

use auth::public;
use common::{User, UserClaims};

type Somebody = User;

#[public]
async fn a_user(user: User) -> String {
    user.email
}

#[public(reason = "a greeting")]
async fn an_alias(_id: axum::extract::Path<i64>, somebody: Somebody) -> String {
    somebody.email
}

#[public]
async fn claims(claims: UserClaims) -> String {
    claims.sub.to_string()
}

#[public]
async fn both((_user, _claims): (Option<User>, UserClaims)) {}

fn main() {}
