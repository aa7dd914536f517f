//! An API key has permissions, and nothing else.

#[path = "../../common.rs"]
mod common;

use auth::{Has, protected, rule};
use common::{Role, User};

#[protected(keys)]
async fn nothing() {}

#[protected(Role::Member, keys)]
async fn a_role() {}

#[protected(user = User, Role::Member || !Has::Verified, keys, live)]
async fn several() {}

fn main() {
    let _ = rule!(keys, hidden);
}
