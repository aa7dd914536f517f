//! Reserved for checks.

use auth::protected;

#[protected(owns_post)]
async fn handler_1() {}

#[protected(Role::Admin || posts::owns_post)]
async fn handler_2() {}

#[protected(self::live)]
async fn handler_3() {}

fn main() {}
