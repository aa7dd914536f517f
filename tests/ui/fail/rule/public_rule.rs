//! `#[public]` has no rule.

use auth::public;

#[public(Role::Admin)]
async fn handler_1() {}

#[public(live)]
async fn handler_2() {}

#[public(reason)]
async fn handler_3() {}

#[public("health probe")]
async fn handler_4() {}

fn main() {}
