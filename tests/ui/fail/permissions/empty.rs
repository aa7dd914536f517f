//! No permission at all.

use auth::AuthPermission;

#[derive(Clone, PartialEq, AuthPermission)]
enum Permission {}

fn main() {}
