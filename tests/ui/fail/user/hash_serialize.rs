//! A hash that `Serialize` would send.

use auth::AuthUser;

#[derive(Clone, serde::Serialize, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    hash: Option<String>,
}

fn main() {}
