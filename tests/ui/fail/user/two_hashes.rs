//! One password hash.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    one: auth::PasswordHash,
    #[auth(password_hash)]
    other: auth::PasswordHash,
}

fn main() {}
