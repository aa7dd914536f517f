//! Rules that everybody meets.

use auth::protected;

#[protected(Role::Admin || Role::Member || !Role::Admin)]
async fn handler_1() {}

fn main() {}
