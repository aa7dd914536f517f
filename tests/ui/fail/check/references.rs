//! What a check is asked about are values.

#[path = "../../common.rs"]
mod common;

use auth::check;
use common::User;

#[check]
async fn owns(user: &User, plan: &str) -> bool {
    user.email == plan
}

fn main() {}
