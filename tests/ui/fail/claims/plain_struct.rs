//! A struct that is neither.

use auth::{Has, protected};

#[derive(Clone)]
struct Plain;

#[protected(user = Plain, Has::Mfa)]
async fn orders() {}

fn main() {}
