//! Twice undone.

use auth::protected;

#[protected(!!Role::Admin)]
async fn handler_1() {}

fn main() {}
