//! A role at least.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
enum Role {}

fn main() {}
