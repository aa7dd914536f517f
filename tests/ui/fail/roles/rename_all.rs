//! The nearest spelling is offered.

use auth::AuthRole;

#[derive(Clone, PartialEq, AuthRole)]
#[role(rename_all = "snakecase")]
enum Role {
    Member,
}

fn main() {}
