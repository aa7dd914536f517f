//! Who may ask about tokens is decided without a check.

#[path = "../../common.rs"]
mod common;

use auth::{AuthBuilder, check, rule};
use common::User;

#[check]
async fn at_night() -> bool {
    true
}

fn asked(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    builder.introspection(rule!(at_night, keys))
}

fn main() {}
