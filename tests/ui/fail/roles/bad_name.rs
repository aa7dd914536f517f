//! What would break the stored list.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    #[role(name = "")]
    Member,
    #[role(name = "a,b")]
    Guest,
    #[role(name = "a b")]
    Admin,
}

fn main() {}
