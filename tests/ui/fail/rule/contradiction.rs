//! Rules that nobody meets.

use auth::protected;

#[protected(Role::Admin && !Role::Admin)]
async fn handler_1() {}

#[protected(Role::Member || Role::Admin && (Role::Guest && !Role::Admin)  && !Role::Guest)]
async fn handler_2() {}

fn main() {}
