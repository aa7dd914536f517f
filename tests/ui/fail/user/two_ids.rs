//! One primary key.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(id)]
    other: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
