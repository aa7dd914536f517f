//! A word is written once.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id, id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
