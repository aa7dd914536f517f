//! How `user` is written.

use auth::protected;

#[protected(user)]
async fn handler_1() {}

#[protected(user = "Staff")]
async fn handler_2() {}

#[protected(user = Staff, user = Staff)]
async fn handler_3() {}

fn main() {}
