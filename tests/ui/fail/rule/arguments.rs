//! Rules are constants.

use auth::protected;

#[protected(Fresh::minutes(LIMIT))]
async fn handler_1() {}

#[protected(Fresh::minutes(2 + 3))]
async fn handler_2() {}

fn main() {}
