//! A secret in a token, by its word.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash, claim)]
    hash: auth::PasswordHash,
}

fn main() {}
