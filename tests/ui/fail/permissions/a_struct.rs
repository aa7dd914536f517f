//! Permissions that are no enum.

use auth::AuthPermission;

#[derive(Clone, PartialEq, AuthPermission)]
struct Permission {
    posts: bool,
}

fn main() {}
