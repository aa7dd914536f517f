//! A type that cannot hold a hash.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    hash: Vec<u8>,
}

fn main() {}
