//! Roles are a list.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
struct Role;

fn main() {}
