//! Parts that change nothing.

use auth::protected;

#[protected(Role::Admin || Role::Admin && Role::Member)]
async fn handler_1() {}

fn main() {}
