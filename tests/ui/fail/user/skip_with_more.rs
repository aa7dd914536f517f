//! A skipped field is nothing else.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(skip, claim, register)]
    name: String,
    #[auth(skip, role)]
    role: u8,
}

fn main() {}
