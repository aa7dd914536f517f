//! What sign-up has anyway.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login, register)]
    email: String,
    #[auth(password_hash, register)]
    hash: auth::PasswordHash,
}

fn main() {}
