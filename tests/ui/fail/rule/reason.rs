//! A reason belongs to `#[public]`.

use auth::protected;

#[protected(reason = "because")]
async fn handler_1() {}

fn main() {}
