//! A reason is text.

use auth::public;

#[public(reason = because)]
async fn handler_1() {}

#[public(reason = "a", reason = "b")]
async fn handler_2() {}

fn main() {}
