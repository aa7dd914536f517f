//! Checks that are not there: the compiler's own words.

use auth::protected;

mod posts {}

#[protected(owns_post)]
async fn handler_1() {}

#[protected(Role::Admin || posts::owns_post)]
async fn handler_2() {}

#[protected(self::live)]
async fn handler_3() {}

fn main() {}
