//! A path is no string.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users", crate = "auth")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
