//! One role or several.

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
    #[auth(role)]
    role: Role,
    #[auth(roles)]
    roles: auth::Roles<Role>,
}

fn main() {}
