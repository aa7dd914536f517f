//! A hash that sign-up would not write.

use auth::{AuthUser, PasswordHash};

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    pw_hash: PasswordHash,
}

fn main() {}
