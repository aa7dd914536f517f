//! A generic type in a rule.

use auth::protected;

#[protected(Can::<Write>::Posts)]
async fn handler_1() {}

fn main() {}
