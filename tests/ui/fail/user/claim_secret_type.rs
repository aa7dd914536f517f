//! A secret in a token, by its type.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(claim)]
    old_hash: Option<auth::PasswordHash>,
}

fn main() {}
