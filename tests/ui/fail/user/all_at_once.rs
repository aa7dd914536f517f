//! Mistakes of all kinds, one compile.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "no table")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(id, clam)]
    other: i64,
    #[auth(login, register)]
    email: String,
    #[auth(claim)]
    exp: i64,
    #[auth(skip, role)]
    role: u8,
}

fn main() {}
