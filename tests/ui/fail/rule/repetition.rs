//! Rules that say a thing twice.

use auth::protected;

#[protected(Role::Admin && Role::Admin)]
async fn handler_1() {}

#[protected(Fresh::minutes(5) || Role::Admin || Fresh::minutes(5))]
async fn handler_2() {}

fn main() {}
