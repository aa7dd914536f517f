//! How `hidden` is written, and where.

use auth::{protected, public};

#[protected(Role::Admin, hidden = true)]
async fn handler_1() {}

#[protected(hidden(true), Role::Admin)]
async fn handler_2() {}

#[protected(hidden, Role::Admin, hidden)]
async fn handler_3() {}

#[public(hidden)]
async fn handler_4() {}

#[protected(Role::Admin && hidden)]
async fn handler_5() {}

#[protected(hiden, Role::Admin)]
async fn handler_6() {}

fn main() {}
