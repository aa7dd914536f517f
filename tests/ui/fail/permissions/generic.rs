//! Parameters.

use auth::AuthPermission;

#[derive(Clone, PartialEq, AuthPermission)]
enum Permission<T> {
    Read,
}

fn main() {}
