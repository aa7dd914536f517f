//! The bit operators.

use auth::protected;

#[protected(Role::Admin & Role::Member)]
async fn handler_1() {}

#[protected(Role::Admin | Role::Member)]
async fn handler_2() {}

#[protected(Role::Admin and Role::Member)]
async fn handler_3() {}

#[protected((Role::Admin or Role::Member))]
async fn handler_4() {}

fn main() {}
