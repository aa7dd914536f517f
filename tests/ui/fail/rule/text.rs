//! Names are not strings.

use auth::protected;

#[protected("admin")]
async fn handler_1() {}

#[protected(Role::Admin && true)]
async fn handler_2() {}

#[protected("sales lead")]
async fn handler_3() {}

#[protected("front_desk" || "?")]
async fn handler_4() {}

fn main() {}
