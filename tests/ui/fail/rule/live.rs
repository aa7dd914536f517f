//! How `live` is written.

use auth::protected;

#[protected(Role::Admin, live = true)]
async fn handler_1() {}

#[protected(live(true), Role::Admin)]
async fn handler_2() {}

#[protected(live, Role::Admin, live)]
async fn handler_3() {}

fn main() {}
