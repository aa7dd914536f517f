//! A struct that is neither.

use auth::protected;

#[derive(Clone)]
struct Plain;

#[protected(user = Plain)]
async fn orders() {}

fn main() {}
