//! A setting is given once, on one line or two.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
#[auth(table = "people")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
