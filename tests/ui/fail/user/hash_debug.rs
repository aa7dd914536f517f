//! A hash that `Debug` would print.

use auth::AuthUser;

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    hash: String,
}

fn main() {}
