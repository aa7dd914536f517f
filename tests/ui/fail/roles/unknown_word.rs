//! The nearest word is offered.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
#[role(rename = "x")]
enum Role {
    #[role(include(Admin))]
    Member,
    Admin,
}

fn main() {}
