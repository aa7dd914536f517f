//! Names tell roles apart.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    Member,
    #[role(name = "member")]
    Guest,
}

fn main() {}
