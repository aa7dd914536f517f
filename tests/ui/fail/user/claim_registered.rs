//! Claims that mean something else.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(claim)]
    sub: String,
    #[auth(claim)]
    r#gen: i64,
    #[auth(claim)]
    roles: String,
    #[auth(claim)]
    auth_row: String,
    #[auth(claim)]
    auth_store: String,
}

fn main() {}
