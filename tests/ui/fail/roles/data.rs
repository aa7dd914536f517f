//! A role carries nothing.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    Member(u8),
    Admin { level: u8 },
    Empty(),
}

fn main() {}
