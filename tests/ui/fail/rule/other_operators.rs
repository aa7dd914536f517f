//! What rules are not made of.

use auth::protected;

#[protected(Role::Admin == Role::Member)]
async fn handler_1() {}

#[protected(Role::Admin as u8)]
async fn handler_2() {}

#[protected(if Role::Admin)]
async fn handler_3() {}

#[protected(Role::Admin.is_set())]
async fn handler_4() {}

fn main() {}
