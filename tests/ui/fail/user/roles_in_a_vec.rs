//! A list of roles has a type of its own.

use auth::AuthUser;

#[derive(Clone, Debug, PartialEq, auth::AuthRole)]
enum Role {
    Member,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(roles)]
    roles: Vec<Role>,
}

fn main() {}
