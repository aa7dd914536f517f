//! Names are not strings.

use auth::protected;

#[protected("admin")]
async fn handler_1() {}

#[protected(Role::Admin && true)]
async fn handler_2() {}

fn main() {}
