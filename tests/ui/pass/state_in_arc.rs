//! The state behind an `Arc`.

#[path = "../common.rs"]
mod common;

use std::sync::Arc;

use auth::routing::{Routes, get};
use auth::{protected, public};
use common::{App, Role, User, UserClaims};

#[protected(Role::Admin)]
async fn me(_user: User, _claims: UserClaims) {}

#[public]
async fn home(_user: Option<User>, _claims: Option<UserClaims>) {}

fn main() {
    let _: Routes<Arc<App>> = Routes::new().route("/me", get(me)).route("/", get(home));
}
