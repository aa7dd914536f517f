//! A comma does not say whether all or one.

use auth::protected;

#[protected(Role::Admin, Role::Member)]
async fn handler_1() {}

#[protected(Role::Admin, live, Role::Member)]
async fn handler_2() {}

#[protected((Role::Admin, Role::Member))]
async fn handler_3() {}

fn main() {}
