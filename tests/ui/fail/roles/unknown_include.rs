//! The nearest role is offered.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
enum Role {
    Member,
    #[role(includes(Membr))]
    Admin,
}

fn main() {}
