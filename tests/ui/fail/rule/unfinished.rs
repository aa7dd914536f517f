//! Half a rule.

use auth::protected;

#[protected(Role::Admin &&)]
async fn handler_1() {}

#[protected(|| Role::Admin)]
async fn handler_2() {}

#[protected(!)]
async fn handler_3() {}

#[protected(Role::)]
async fn handler_4() {}

#[protected(())]
async fn handler_5() {}

fn main() {}
