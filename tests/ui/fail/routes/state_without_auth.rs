//! A state without the handle of its users.

#[path = "../../common.rs"]
mod common;

use auth::AuthState;
use common::User;

#[derive(Clone)]
struct Bare;

impl AuthState for Bare {
    type User = User;
}

fn main() {}
