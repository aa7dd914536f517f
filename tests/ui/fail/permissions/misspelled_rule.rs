//! A permission that the enum does not have, in a rule.

#[path = "../../common.rs"]
mod common;

use auth::{AuthPermission, protected};

#[derive(Clone, PartialEq, AuthPermission)]
enum Permission {
    PostsWrite,
}

#[protected(Permission::PostWrite)]
async fn write() {}

fn main() {}
