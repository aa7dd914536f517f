//! Nobody chooses their own role.

use auth::AuthUser;

#[derive(Clone, Debug, PartialEq, auth::AuthRole)]
enum Role {
    Member,
}

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id, register)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(role, register)]
    role: Role,
    #[auth(active, register)]
    active: bool,
    #[auth(verified, register)]
    verified: bool,
}

fn main() {}
