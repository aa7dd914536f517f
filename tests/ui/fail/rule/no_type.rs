//! An item of which type?

use auth::protected;

#[protected(Admin)]
async fn handler_1() {}

#[protected(Role::Admin || self::Admin)]
async fn handler_2() {}

#[protected(minutes(5))]
async fn handler_3() {}

fn main() {}
