//! Requirements of the library, half written.

use auth::{Fresh, Has, protected};

#[protected(Fresh(5))]
async fn handler_1() {}

#[protected(Has && Fresh)]
async fn handler_2() {}

#[protected(Mfa || Passkey || Verified)]
async fn handler_3() {}

#[protected(Fresh::minutes(1) && Has::Mfa)]
async fn handler_4() {}

fn main() {}
