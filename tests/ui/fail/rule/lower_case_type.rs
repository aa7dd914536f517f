//! A slip of the shift key, on the other side.

#[path = "../../common.rs"]
mod common;

use auth::protected;

#[protected(role::Admin)]
async fn two() {}

#[protected(Role::Admin && r#role::Admin)]
async fn three() {}

fn main() {}
