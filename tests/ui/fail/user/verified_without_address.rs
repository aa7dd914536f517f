//! An address has to be confirmed, and nothing says which: no login has "mail" in its name.

use auth::{AuthUser, PasswordHash};

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    nick: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(verified(required))]
    is_confirmed: bool,
}

fn main() {}
