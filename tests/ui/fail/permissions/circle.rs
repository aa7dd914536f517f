//! Permissions that include each other.

use auth::AuthPermission;

#[derive(Clone, PartialEq, AuthPermission)]
enum Permission {
    #[permission(includes(Write))]
    Read,
    #[permission(includes(Read))]
    Write,
}

fn main() {}
