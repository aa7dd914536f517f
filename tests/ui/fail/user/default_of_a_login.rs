//! Fields that have a value of their own.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id, default = 1)]
    id: i64,
    #[auth(login, default = "x")]
    email: String,
}

fn main() {}
