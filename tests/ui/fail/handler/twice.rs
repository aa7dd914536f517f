//! One rule.

use auth::protected;

#[protected]
#[protected]
async fn me() {}

fn main() {}
