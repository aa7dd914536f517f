//! Claims that are there anyway.

use auth::AuthUser;

#[derive(Clone, Debug, PartialEq, auth::AuthRole)]
enum Role {
    Member,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id, claim)]
    key: i64,
    #[auth(login)]
    email: String,
    #[auth(claim)]
    id: String,
    #[auth(role, claim)]
    duty: Role,
}

fn main() {}
