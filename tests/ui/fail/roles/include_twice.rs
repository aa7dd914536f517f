//! Once is enough.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    Member,
    #[role(includes(Member, Member))]
    Admin,
}

fn main() {}
