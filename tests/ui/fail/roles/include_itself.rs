//! A role is itself.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    #[role(includes(Member))]
    Member,
}

fn main() {}
