//! A table name is checked when it is compiled.

use auth::AuthUser;

#[derive(Clone, AuthUser)]
#[auth(table = "users; DROP TABLE users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
}

fn main() {}
