//! Words have a place.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
#[role(includes(Member))]
enum Role {
    #[role(rename_all = "snake_case")]
    Member,
}

fn main() {}
